package live_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/sandbox/hub"
)

var topics = []string{
	"AUTHENTICATION_TRANSACTION_STATUS", ackTopic, cardTopic, "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT",
}

// world is a hub and a place where the hub finds us. Both can be exchanged behind their addresses.
type world struct {
	t             *testing.T
	hubURL, usURL string
	hub, us       exchangeable
	config        hub.Config
	now           *hub.Hub
	kept          *shelf // what now has stored
	rows          *rows
	inbox         *inbox
	tokens        *token
}

// exchangeable is a handler that can be replaced, and counts the forms it was sent by mode.
type exchangeable struct {
	mu      sync.Mutex
	handler http.Handler
	asked   map[string]int
}

func (e *exchangeable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // a form's body is read here and kept in r.PostForm, where the hub looks too
	e.mu.Lock()
	handler := e.handler
	if e.asked == nil {
		e.asked = map[string]int{}
	}
	e.asked[r.PostForm.Get("hub.mode")+" "+r.PostForm.Get("hub.topic")]++
	e.mu.Unlock()
	if handler == nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	handler.ServeHTTP(w, r)
}

func (e *exchangeable) set(h http.Handler) { e.mu.Lock(); e.handler = h; e.mu.Unlock() }

func (e *exchangeable) count(mode, topic string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked[mode+" "+topic]
}

func newWorld(t *testing.T, mode string) *world {
	t.Helper()
	w := &world{t: t, rows: newRows(t), inbox: &inbox{}, tokens: &token{}}
	w.hubURL, w.usURL = serve(t, &w.hub)+"/hub/", serve(t, &w.us)
	w.config = hub.Config{URL: w.hubURL, Mode: mode, Retry: 20 * time.Millisecond}
	w.newHub()
	t.Cleanup(func() { _ = w.now.Close() })
	return w
}

// newHub replaces the hub by one that remembers nothing.
func (w *world) newHub() {
	w.t.Helper()
	if w.now != nil {
		_ = w.now.Close()
	}
	w.kept = &shelf{values: map[string]bool{}}
	w.config.Store = w.kept
	w.now = hub.New(w.config)
	if err := w.now.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.hub.set(w.now)
}

func (w *world) subscriber(edit ...func(*live.Config)) *live.Subscriber {
	c := live.Config{
		HubURL: w.hubURL, CallbackURL: w.usURL, Topics: topics, Secret: secret, Store: w.rows, Tokens: w.tokens,
		Deliver: w.inbox.deliver, HTTPClient: client(w.t), ResubscribeEvery: 200 * time.Millisecond,
	}
	for _, e := range edit {
		e(&c)
	}
	return live.NewSubscriber(c)
}

// subscribed runs s, reachable by the hub, until it is healthy and the hub delivers what is published next: it begins to
// only after it has read our answer to its verification, by which s is healthy.
func (w *world) subscribed(s *live.Subscriber) (stop func()) {
	w.t.Helper()
	w.us.set(s.Handler())
	stop = running(w.t, s.Run)
	soon(w.t, patience, "all topics verified", func() bool { ok, _ := s.Healthy(); return ok })
	soon(w.t, patience, "the hub has the subscriptions", w.hubHasAll)
	return stop
}

// hubHasAll tells whether the hub has every subscription that it has verified.
func (w *world) hubHasAll() bool {
	all, err := w.rows.LoadSubscriptions(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range all {
		if row.State == live.Verified && !w.kept.has(row.CallbackID) {
			return false
		}
	}
	return true
}

func (w *world) publish(topic string, from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		if err := w.now.Publish(context.Background(), topic, []byte(`{ "topic": "`+topic+`", "event": {"id": "`+strconv.Itoa(i)+`"} }`)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// ids are the events of a topic in the order in which they were delivered.
func (w *world) ids(topic string) (ids []int) {
	w.t.Helper()
	for _, body := range w.inbox.of(topic) {
		var message struct {
			Topic string
			Event struct{ ID string }
		}
		if err := json.Unmarshal([]byte(body), &message); err != nil || message.Topic != topic {
			w.t.Fatalf("delivered to %s: %s", topic, body)
		}
		id, _ := strconv.Atoi(message.Event.ID)
		ids = append(ids, id)
	}
	return ids
}

func (w *world) has(topic string, id int) bool {
	for _, got := range w.ids(topic) {
		if got == id {
			return true
		}
	}
	return false
}

// answering is a hub that answers one status and body, and counts.
func answering(t *testing.T, status int, body string) (url string, asked func() int) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("hub.mode") == "subscribe" {
			mu.Lock()
			n++
			mu.Unlock()
		}
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL, func() int { mu.Lock(); defer mu.Unlock(); return n }
}
