package hub_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	topic    = "CREDENTIAL_STATUS_UPDATE"
	secret   = "k3y-for-tests"
	patience = 30 * time.Second
)

// shelf is a Store that outlives the hub which uses it.
type shelf struct {
	mu     sync.Mutex
	values map[string][]byte
	fail   bool
}

func (s *shelf) Save(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail {
		return errors.New("disk full")
	}
	s.values[key] = append([]byte(nil), value...)
	return nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
	return nil
}

func (s *shelf) All(context.Context) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.values), nil
}

func (s *shelf) count(prefix string) int {
	all, _ := s.All(context.Background())
	n := 0
	for key := range all {
		if strings.HasPrefix(key, prefix) {
			n++
		}
	}
	return n
}

// running is a hub behind a real listener.
type running struct {
	*hub.Hub
	t     *testing.T
	url   string
	store *shelf
	http  *http.Client
	stops *stopped
}

func run(t *testing.T, c hub.Config) *running {
	t.Helper()
	store := &shelf{values: map[string][]byte{}}
	if c.Store != nil {
		store = c.Store.(*shelf)
	}
	c.Store = store
	if c.Retry == 0 {
		c.Retry = 5 * time.Millisecond
	}
	c.URL = "http://hub.test/hub/"
	stops := &stopped{Handler: slog.DiscardHandler}
	c.Log = slog.New(stops)
	h := hub.New(c)
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		client.CloseIdleConnections()
		server.Close()
	})
	return &running{h, t, server.URL, store, client, stops}
}

// stopped is the hub's log, in which subscriptions that were stopped are counted.
type stopped struct {
	slog.Handler
	times atomic.Int64
}

// Enabled has everything be logged.
func (s *stopped) Enabled(context.Context, slog.Level) bool { return true }

// Handle counts.
func (s *stopped) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "hub: subscription stopped") {
		s.times.Add(1)
	}
	return nil
}

// awaitStop waits until a subscription was stopped, for the n-th time in all.
func (h *running) awaitStop(n int64) {
	h.t.Helper()
	eventually(h.t, "stopped", func() bool { return h.stops.times.Load() >= n })
}

type answered struct {
	status int
	body   string
	header http.Header
}

func (h *running) send(path, contentType, cookie, body string) answered {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	response, err := h.http.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answered{response.StatusCode, string(text), response.Header}
}

func (h *running) form(pairs ...string) answered {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set("hub."+pairs[i], pairs[i+1])
	}
	return h.send("/hub/", "application/x-www-form-urlencoded", "", form.Encode())
}

// subscribe subscribes and waits until the hub has asked the callback.
func (h *running) subscribe(s *subscriber, secret string, more ...string) {
	h.t.Helper()
	pairs := append([]string{"mode", "subscribe", "topic", topic, "callback", s.url, "secret", secret}, more...)
	if a := h.form(pairs...); a.status != http.StatusAccepted || a.body != "hub.mode=accepted" {
		h.t.Fatalf("subscribe: %d %s", a.status, a.body)
	}
	s.asked(h.t)
}

// subscribed waits until the hub holds the subscription.
func (h *running) subscribed(s *subscriber, secret string) {
	h.t.Helper()
	eventually(h.t, "subscribed", func() bool {
		all, _ := h.store.All(h.t.Context())
		value := string(all["subscription/"+topic+"\n"+s.url])
		return strings.Contains(value, `"secret":"`+secret+`"`)
	})
}

func (h *running) publish(bodies ...string) {
	h.t.Helper()
	for _, body := range bodies {
		if err := h.Publish(h.t.Context(), topic, []byte(body)); err != nil {
			h.t.Fatal(err)
		}
	}
}

type delivery struct {
	body   string
	header http.Header
}

// subscriber is a callback. Its answers are 202 with the challenge and 200 to
// content, unless decide says otherwise.
type subscriber struct {
	url        string
	deliveries chan delivery
	questions  chan *url.URL

	mu     sync.Mutex
	decide func(n int, r *http.Request, body string) int // n counts the POSTs; 0 breaks the connection
	answer func(n int, w http.ResponseWriter, q url.Values) bool
	posts  int
	gets   int
}

func subscribing(t *testing.T) *subscriber {
	s := &subscriber{deliveries: make(chan delivery, 1000), questions: make(chan *url.URL, 1000)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL + "/hooks/websub/1"
	return s
}

func (s *subscriber) on(decide func(n int, r *http.Request, body string) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decide, s.posts = decide, 0
}

func (s *subscriber) tries() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts
}

func (s *subscriber) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		s.mu.Lock()
		answer := s.answer
		n := s.gets
		s.gets++
		s.mu.Unlock()
		s.questions <- r.URL
		if answer != nil && answer(n, w, r.URL.Query()) {
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	decide, n := s.decide, s.posts
	s.posts++
	s.mu.Unlock()
	status := http.StatusOK
	if decide != nil {
		status = decide(n, r, string(body))
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	if status/100 == 2 {
		s.deliveries <- delivery{string(body), r.Header}
	}
	w.WriteHeader(status)
}

// asked is the next GET.
func (s *subscriber) asked(t *testing.T) url.Values {
	t.Helper()
	select {
	case u := <-s.questions:
		return u.Query()
	case <-time.After(patience):
		t.Fatal("the hub did not ask")
		return nil
	}
}

func (s *subscriber) next(t *testing.T) delivery {
	t.Helper()
	select {
	case d := <-s.deliveries:
		return d
	case <-time.After(patience):
		t.Fatal("nothing was delivered")
		return delivery{}
	}
}

func (s *subscriber) expect(t *testing.T, bodies ...string) {
	t.Helper()
	for _, want := range bodies {
		if got := s.next(t).body; got != want {
			t.Fatalf("delivered %s, want %s", got, want)
		}
	}
}

func (s *subscriber) quiet(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case d := <-s.deliveries:
		t.Fatalf("delivered %s, want nothing", d.body)
	case <-time.After(d):
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
