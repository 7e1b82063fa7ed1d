package hub_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

func TestAnotherStartKnowsTheFirst(t *testing.T) {
	store := &shelf{values: map[string][]byte{}}
	s := subscribing(t)
	first := run(t, hub.Config{Mode: hub.ModeW3C, Store: store})
	first.subscribe(s, secret)
	first.subscribed(s, secret)
	first.publish("1")
	s.expect(t, "1")
	hanging := make(chan struct{})
	s.on(func(_ int, r *http.Request, _ string) int {
		hanging <- struct{}{}
		<-r.Context().Done() // until the hub hangs up
		return 0
	})
	first.publish("2", "3")
	<-hanging
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	s.on(nil)

	again := run(t, hub.Config{Store: store}) // the other mode reads the same
	s.expect(t, "2", "3")
	again.form("mode", "subscribe", "topic", topic, "callback", s.url, "secret", secret)
	if q := s.asked(t); q.Get("hub.mode") != "denied" {
		t.Errorf("asked %v", q)
	}
	if a := again.form("mode", "register", "topic", topic); a.body != "hub.mode=denied&hub.reason=Topic has already registered with the Hub" {
		t.Errorf("register: %s", a.body)
	}
	again.publish("4")
	s.expect(t, "4")
}

// A crash may leave records behind that are delivered, and numbers must not
// start anew when all records are gone.
func TestStartAfterACrash(t *testing.T) {
	s := subscribing(t)
	subscription := func(committed int) []byte {
		return fmt.Appendf(nil, `{"topic":%q,"callback":%q,"secret":"k","lease":86400000000000,"ends":"2999-01-01T00:00:00Z","committed":%d}`, topic, s.url, committed)
	}
	record := func(n int) string { return fmt.Sprintf("record/%s/%020d", topic, n) }
	for name, row := range map[string]struct {
		values map[string][]byte
		want   []string
	}{
		"all delivered":      {map[string][]byte{record(3): []byte("3"), record(4): []byte("4")}, nil},
		"one left":           {map[string][]byte{record(6): []byte("6"), record(7): []byte("7")}, []string{"7"}},
		"hole":               {map[string][]byte{record(2): []byte("2"), record(7): []byte("7"), record(8): []byte("8")}, []string{"7", "8"}},
		"nothing but a mark": {map[string][]byte{}, nil},
	} {
		row.values["subscription/"+topic+"\n"+s.url] = subscription(7)
		h := run(t, hub.Config{Mode: hub.ModeW3C, Store: &shelf{values: row.values}})
		h.publish(`"new"`)
		s.expect(t, append(row.want, `"new"`)...)
		eventually(t, name+": records forgotten", func() bool { return h.store.count("record/") == 0 })
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBrokenStore(t *testing.T) {
	h, s := run(t, hub.Config{}), subscribing(t)
	h.subscribe(s, secret)
	h.subscribed(s, secret)
	h.store.mu.Lock()
	h.store.fail = true
	h.store.mu.Unlock()
	if err := h.Publish(t.Context(), topic, []byte("1")); err == nil {
		t.Error("accepted what was not stored")
	}
	if a := h.send("/hub/?hub.mode=publish&hub.topic="+topic, "application/json", "", "1"); a.status != 200 || a.body != "hub.mode=denied&hub.reason=The content could not be stored" {
		t.Errorf("%d %s", a.status, a.body)
	}
	s.quiet(t, 30*time.Millisecond)
	broken := hub.New(hub.Config{Store: &shelf{values: map[string][]byte{"subscription/x": []byte("{")}}})
	if err := broken.Start(t.Context()); err == nil {
		t.Error("started on what it cannot read")
	}
	_ = broken.Close()
}

// A subscriber that hangs holds up nobody, and loses the oldest records once it
// is more than 100,000 behind.
func TestSlowSubscriber(t *testing.T) {
	h, slow, quick := run(t, hub.Config{Mode: hub.ModeW3C}), subscribing(t), subscribing(t)
	h.subscribe(slow, secret)
	h.subscribed(slow, secret)
	arrived, gate := make(chan struct{}), make(chan struct{})
	slow.on(func(n int, _ *http.Request, _ string) int {
		if n == 0 {
			close(arrived)
			<-gate
		}
		return 200
	})
	h.publish(`"held"`)
	<-arrived
	start := time.Now()
	for i := range 100_100 {
		h.publish(fmt.Sprint(i))
	}
	t.Logf("100,100 publications in %v", time.Since(start))
	if n := h.store.count("record/"); n != 100_000 {
		t.Errorf("%d records kept", n)
	}
	h.subscribe(quick, secret)
	h.subscribed(quick, secret)
	h.publish(`"last"`)
	quick.expect(t, `"last"`)

	var seen atomic.Int64
	slow.mu.Lock()
	hold := slow.decide
	slow.decide = func(n int, r *http.Request, body string) int {
		if seen.Add(1) > 3 {
			<-r.Context().Done()
			return 0
		}
		return hold(n, r, body)
	}
	slow.mu.Unlock()
	close(gate)
	slow.expect(t, `"held"`, "101", "102", "103") // of 100,102 the first 102 are gone: "held", 0 … 100
}

func TestCloseBreaksOffWhatHangs(t *testing.T) {
	h, s := run(t, hub.Config{}), subscribing(t)
	h.subscribe(s, secret)
	h.subscribed(s, secret)
	arrived := make(chan struct{})
	s.on(func(_ int, r *http.Request, _ string) int {
		close(arrived)
		<-r.Context().Done()
		return 0
	})
	h.publish("1")
	<-arrived
	start := time.Now()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 8*time.Second { // a call may take ten
		t.Errorf("took %v", took)
	}
}
