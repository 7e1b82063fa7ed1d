package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// hubAnswersWithin is the deadline of one request to the hub.
const hubAnswersWithin = 10 * time.Second

// errAway says that the hub did not answer as one does.
var errAway = errors.New("no answer of the hub")

// denial is the hub's `hub.mode=denied` with its reason.
type denial struct{ reason string }

func (d denial) Error() string { return "denied by the hub: " + d.reason }

// alreadyRegistered tells MOSIP's way of saying that nothing needs to be done: its hub denies the
// re-registration of a topic and the re-subscription of a live subscriber.
func alreadyRegistered(reason string) bool {
	return strings.Contains(strings.ToLower(reason), "already registered")
}

// hub is the client side of a WebSub hub: form posts, and for MOSIP's own the service token as a cookie.
type hub struct {
	url    string
	client *http.Client
	tokens Tokens
	lease  time.Duration
}

func newHub(c Config) hub {
	client := *c.HTTPClient
	client.CheckRedirect = followHub
	return hub{url: c.HubURL, client: &client, tokens: c.Tokens, lease: c.Lease}
}

// followHub follows 307 and 308, which keep method and body (W3C WebSub §5.1), and nothing else.
func followHub(next *http.Request, via []*http.Request) error {
	code := next.Response.StatusCode
	if code != http.StatusTemporaryRedirect && code != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	if len(via) > 5 {
		return errors.New("too many redirects")
	}
	return keepsProtection(next, via)
}

// of returns the URL of the hub that s is subscribed at, and whether it is the configured one: only that is shown our
// service token. A hub that a topic's page names is that hub if it has the same origin.
func (h hub) of(s Subscription) (target string, configured bool) {
	at := s.address()
	if !at.discovered() {
		return h.url, true
	}
	ours, err := url.Parse(h.url)
	if err != nil {
		return at.hub, false
	}
	named, err := url.Parse(at.hub)
	return at.hub, err == nil && named.Scheme == ours.Scheme && named.Host == ours.Host
}

// register makes the topic known at MOSIP's hub; W3C WebSub has no such request.
func (h hub) register(ctx context.Context, s Subscription) error {
	return h.post(ctx, s, url.Values{"hub.mode": {"register"}, "hub.topic": {s.address().self}})
}

func (h hub) subscribe(ctx context.Context, s Subscription, callback string) error {
	return h.post(ctx, s, url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {s.address().self}, "hub.callback": {callback},
		"hub.secret": {string(s.Secret)}, "hub.lease_seconds": {strconv.Itoa(int(h.lease.Seconds()))},
	})
}

func (h hub) unsubscribe(ctx context.Context, s Subscription, callback string) error {
	return h.post(ctx, s, url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {s.address().self}, "hub.callback": {callback}})
}

// post sends one request about s, and once more with a new token if MOSIP's hub did not like the first.
// It returns nil when the hub accepted or had done so before, else a denial or why there was no answer.
func (h hub) post(ctx context.Context, s Subscription, form url.Values) error {
	ctx, cancel := context.WithTimeout(ctx, hubAnswersWithin)
	defer cancel()
	target, configured := h.of(s)
	if !configured {
		return h.send(ctx, target, form, "")
	}
	for again := false; ; again = true {
		token, err := h.tokens.Token(ctx)
		if err != nil {
			return fmt.Errorf("service token for the hub: %w", err)
		}
		err = h.send(ctx, target, form, token)
		denied := denial{}
		// "Not authorized" means the token is good and lacks the role: a new one would not help.
		if again || !errors.As(err, &denied) || strings.Contains(strings.ToLower(denied.reason), "not authorized") {
			return err
		}
		h.tokens.Drop(token)
	}
}

func (h hub) send(ctx context.Context, target string, form url.Values, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("request to the hub: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		request.Header.Set("Cookie", "Authorization="+token)
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("%w: %w", errAway, err)
	}
	return verdict(answer.StatusCode, string(body))
}

// verdict reads MOSIP's answers: 202 is yes whatever it says, 200 is yes only when it says so, and a
// denial comes with 200, 400 or 500.
func verdict(status int, body string) error {
	if status == http.StatusAccepted {
		return nil
	}
	said, _ := url.ParseQuery(strings.TrimSpace(body))
	switch {
	case status == http.StatusOK && said.Get("hub.mode") == "accepted":
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return denial{reason: http.StatusText(status)}
	case said.Get("hub.mode") == "denied" && alreadyRegistered(said.Get("hub.reason")):
		return nil
	case said.Get("hub.mode") == "denied":
		return denial{reason: clipped(said.Get("hub.reason"))}
	}
	return fmt.Errorf("%w: it answered %d", errAway, status)
}

// clipped keeps a stranger's text short in our log.
func clipped(text string) string { return text[:min(len(text), 200)] }
