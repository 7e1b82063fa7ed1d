package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	pageAnswersWithin = 10 * time.Second
	maxPage           = 1 << 20 // bytes; what is behind is not looked at
	maxPageRedirects  = 5
)

// publisher is where the pages of the topics are.
type publisher struct {
	url    string // a topic's name is appended
	client *http.Client
}

func newPublisher(c Config) publisher {
	client := *c.HTTPClient
	client.CheckRedirect = followPage
	return publisher{url: c.TopicURL, client: &client}
}

func followPage(next *http.Request, via []*http.Request) error {
	if len(via) > maxPageRedirects {
		return errors.New("too many redirects")
	}
	return keepsProtection(next, via)
}

// keepsProtection refuses a redirect from https to anything else.
func keepsProtection(next *http.Request, via []*http.Request) error {
	if via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return errors.New("redirect from https to " + next.URL.Scheme)
	}
	return nil
}

// advert fetches the page of a topic and returns what it says. It is an error if that is not at least one hub and the
// topic's own URL.
func (p publisher) advert(ctx context.Context, name string) (advert, error) {
	ctx, cancel := context.WithTimeout(ctx, pageAnswersWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+name, nil)
	if err != nil {
		return advert{}, fmt.Errorf("request for the topic's page: %w", err)
	}
	// The deliveries are of the kind that the page is of (W3C WebSub §4.1).
	request.Header.Set("Accept", "application/json, text/html;q=0.9, application/atom+xml;q=0.9, application/rss+xml;q=0.9, */*;q=0.5")
	answer, err := p.client.Do(request)
	if err != nil {
		return advert{}, fmt.Errorf("fetch the topic's page: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return advert{}, fmt.Errorf("the topic's page answered %d", answer.StatusCode)
	}
	found, err := advertised(answer.Request.URL, answer.Header, io.LimitReader(answer.Body, maxPage))
	if err != nil {
		return advert{}, fmt.Errorf("read the topic's page: %w", err)
	}
	if !found.complete() {
		return advert{}, errors.New("the topic's page names no hub and no self that can be used")
	}
	return found, nil
}

// locate finds out where t is subscribed to now. Renewing a subscription begins with the topic's page (W3C WebSub §6.1),
// so a topic that moved is followed; one whose page cannot be read stays where it is.
func (s *Subscriber) locate(ctx context.Context, t *topic) error {
	if s.cfg.TopicURL == "" {
		return nil
	}
	before := t.present.Load()
	found, err := s.publisher.advert(ctx, t.name)
	switch {
	case err != nil && before == nil:
		return err
	case err != nil:
		s.cfg.Log.WarnContext(ctx, "websub topic not discovered anew", "topic", t.name, "error", err)
		return nil
	case before != nil && found.holds(before.address()):
		return nil
	}
	at := address{name: t.name, self: found.self, hub: found.hubs[0]}
	fresh := derive(s.cfg.Secret, at.String())
	t.present.Store(&fresh)
	s.cfg.Log.InfoContext(ctx, "websub topic discovered", "topic", at.name, "self", at.self, "hub", at.hub)
	return nil
}

// holds tells whether the page still names the address. We stay with our hub as long as it is one of the page's.
func (a *advert) holds(at address) bool { return a.self == at.self && slices.Contains(a.hubs, at.hub) }
