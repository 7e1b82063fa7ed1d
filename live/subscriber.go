package live

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Tokens gives the service token that the hub wants as the cookie `Authorization`.
type Tokens interface {
	Token(ctx context.Context) (string, error)
	Drop(token string) // the hub refused it; the next Token is a new one
}

// Config is what a Subscriber needs. TopicURL, Redis, HTTPClient, Now, Lease, ResubscribeEvery and MaxBody may be left
// out.
type Config struct {
	HubURL string // POST target of MOSIP's hub, with its trailing slash
	// TopicURL, if given, has the hubs discovered: a topic's page is at TopicURL followed by its name. HubURL is then
	// the one hub that is shown our service token.
	TopicURL    string
	CallbackURL string   // our own base URL as the hub reaches it; "/hooks/websub/{callback id}" is appended
	Topics      []string // MOSIP topics: opaque names, not URLs
	Secret      []byte   // at least 16 bytes; callback ids and hub.secret follow from it, a new one re-subscribes
	Store       Subscriptions
	Tokens      Tokens
	// Deliver stores a verified delivery durably; 2xx is sent only after it returned nil. It sees repeats.
	Deliver func(ctx context.Context, topic string, body []byte) error
	// Lost, if given, hears that messages may have been lost: once for each subscription that was interrupted, in the
	// replica to which the hub confirms it. It must not wait.
	Lost       func()
	Redis      redis.UniversalClient // when given, one replica at a time subscribes
	HTTPClient *http.Client
	Log        *slog.Logger
	Now        func() time.Time
	Lease      time.Duration // hub.lease_seconds asked for; 24 h
	// ResubscribeEvery is how often a live subscription is asked for again; 2 minutes, as MOSIP's own
	// subscribers do. A hub offers no query, so asking again is the only way to learn that it forgot
	// us, and it is what makes MOSIP's hub resume after a failed delivery.
	ResubscribeEvery time.Duration
	MaxBody          int64 // bytes of a delivery, more is 413; 1 MiB, the most a Kafka broker takes by default
}

// Subscriber keeps the topics subscribed and receives their deliveries.
type Subscriber struct {
	cfg       Config
	hub       hub
	publisher publisher
	topics    []*topic
	instance  string // this replica, in Redis
}

// topic is one topic's subscription as derived, and what this process saw of it.
type topic struct {
	name    string
	present atomic.Pointer[Subscription] // nil until discovered
	tally
}

// NewSubscriber returns a subscriber that does nothing until Run; its Handler may serve before that.
func NewSubscriber(c Config) *Subscriber {
	c = c.withDefaults()
	s := &Subscriber{cfg: c, hub: newHub(c), publisher: newPublisher(c), instance: rand.Text()}
	for _, name := range c.Topics {
		t := &topic{name: name, tally: tally{trouble: make(chan struct{}, 1)}}
		if c.TopicURL == "" {
			known := derive(c.Secret, name)
			t.present.Store(&known)
		}
		s.topics = append(s.topics, t)
	}
	return s
}

func (c Config) withDefaults() Config {
	if c.HTTPClient == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxResponseHeaderBytes = 64 << 10 // a page's headers are a stranger's; the default is 10 MB
		c.HTTPClient = &http.Client{Transport: transport}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Lease <= 0 {
		c.Lease = 24 * time.Hour
	}
	if c.ResubscribeEvery <= 0 {
		c.ResubscribeEvery = 2 * time.Minute
	}
	if c.Lost == nil {
		c.Lost = func() {}
	}
	if c.MaxBody <= 0 {
		c.MaxBody = 1 << 20
	}
	c.CallbackURL = strings.TrimSuffix(c.CallbackURL, "/")
	return c
}

// Run keeps every topic subscribed until ctx ends, then returns nil. It returns an error at once only
// for a configuration that cannot work; a hub that is down or refuses is asked again with backoff.
func (s *Subscriber) Run(ctx context.Context) error {
	if len(s.cfg.Secret) < 16 {
		return errors.New("live: the WebSub secret is shorter than 16 bytes")
	}
	if s.cfg.HubURL == "" || s.cfg.CallbackURL == "" {
		return errors.New("live: WebSub needs the hub's URL and our own")
	}
	if at, err := url.Parse(s.cfg.TopicURL); s.cfg.TopicURL != "" && (err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https") {
		return errors.New("live: the URL of the WebSub topics is no http or https URL")
	}
	var running sync.WaitGroup
	for _, t := range s.topics {
		running.Go(func() { s.keep(ctx, t) })
	}
	running.Go(func() { s.retire(ctx) })
	running.Wait()
	return nil
}

// topicOf returns the topic whose present subscription has this callback id, or nil.
func (s *Subscriber) topicOf(callbackID string) *topic {
	for _, t := range s.topics {
		if present := t.present.Load(); present != nil && present.CallbackID == callbackID {
			return t
		}
	}
	return nil
}

// topicNamed returns the configured topic with this name, or nil.
func (s *Subscriber) topicNamed(name string) *topic {
	for _, t := range s.topics {
		if t.name == name {
			return t
		}
	}
	return nil
}
