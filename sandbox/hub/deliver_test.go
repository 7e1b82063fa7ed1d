package hub_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

func signature(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func TestDeliveryOnTheWire(t *testing.T) {
	const published = "{\"a\": 1, \"b\": {\"c\": 12345678901234567890.10, \"d\": [\"<é>\", null, true]}}\n"
	for mode, row := range map[string]struct{ body, link string }{
		hub.ModeMOSIP: {`{"b":{"d":["<é>",null,true],"c":12345678901234567890.10},"a":1}`, `http://hub.test/hub/; rel="hub", ` + topic + `; rel="self"`},
		hub.ModeW3C:   {published, `<http://hub.test/hub/>; rel="hub", <` + topic + `>; rel="self"`},
	} {
		h, s := run(t, hub.Config{Mode: mode}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		if a := h.send("/hub/?hub.mode=publish&hub.topic="+topic, "application/json", "", published); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		d := s.next(t)
		if d.body != row.body || d.header.Get("Link") != row.link || d.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %q, %v", mode, d.body, d.header)
		}
		if d.header.Get("X-Hub-Signature") != signature(secret, d.body) {
			t.Errorf("%s: signature %s", mode, d.header.Get("X-Hub-Signature"))
		}
	}
}

func TestOrderPerSubscriber(t *testing.T) {
	for _, mode := range []string{hub.ModeMOSIP, hub.ModeW3C} {
		h := run(t, hub.Config{Mode: mode})
		subscribers := []*subscriber{subscribing(t), subscribing(t)}
		for _, s := range subscribers {
			h.subscribe(s, secret)
			h.subscribed(s, secret)
		}
		for i := range 300 {
			h.publish(fmt.Sprint(i))
		}
		for _, s := range subscribers {
			for i := range 300 {
				s.expect(t, fmt.Sprint(i))
			}
		}
		eventually(t, "records forgotten", func() bool { return h.store.count("record/") == 0 })
	}
}

// queued publishes bodies while the subscriber holds the record before them, so
// that they make one batch, and returns what lets that record go.
func (h *running) queued(s *subscriber, decide func(n int) int, bodies ...string) (release func()) {
	arrived, gate := make(chan struct{}), make(chan struct{})
	s.on(func(n int, _ *http.Request, _ string) int {
		if n == 0 {
			close(arrived)
			<-gate
			return http.StatusOK
		}
		return decide(n)
	})
	h.publish(`"before"`)
	<-arrived
	h.publish(bodies...)
	return func() { close(gate) }
}

func TestMOSIPLosesTheRestOfABatch(t *testing.T) {
	for name, row := range map[string]struct {
		failing int // the n-th record of the batch
		answer  int
		before  []string
		after   []string
	}{
		"first fails: all come again":   {1, 500, nil, []string{"1", "2", "3", "4"}},
		"third fails: the rest is lost": {3, 500, []string{"1", "2"}, nil},
		"redirect counts as failure":    {1, 307, nil, []string{"1", "2", "3", "4"}},
		"410 ends nothing":              {1, 410, nil, []string{"1", "2", "3", "4"}},
	} {
		h, s := run(t, hub.Config{}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		release := h.queued(s, func(n int) int {
			if n == row.failing {
				return row.answer
			}
			return 200
		}, "1", "2", "3", "4")
		release()
		s.expect(t, append([]string{`"before"`}, row.before...)...)
		h.awaitStop(1)
		s.quiet(t, 50*time.Millisecond)
		h.publish("5")
		s.quiet(t, 30*time.Millisecond)
		if n := s.tries(); n != row.failing+1 {
			t.Errorf("%s: %d tries: an answer must not be retried", name, n)
		}
		s.on(nil)
		h.subscribe(s, "another") // not denied: the hub has forgotten that it runs
		s.expect(t, append(row.after, "5")...)
		h.publish("6")
		if d := s.next(t); d.body != "6" || d.header.Get("X-Hub-Signature") != signature(secret, "6") {
			t.Errorf("%s: after the restart: %+v", name, d)
		}
	}
}

func TestMOSIPRestartsAtAnybodysEvent(t *testing.T) {
	for _, event := range []string{"subscribe", "unsubscribe"} {
		h, s, other := run(t, hub.Config{}), subscribing(t), subscribing(t)
		if event == "unsubscribe" {
			h.subscribe(other, secret)
			h.subscribed(other, secret)
		}
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		s.on(func(int, *http.Request, string) int { return 503 })
		h.publish("1")
		h.awaitStop(1)
		s.on(nil)
		h.form("mode", event, "topic", topic, "callback", other.url, "secret", secret)
		s.expect(t, "1")
	}
}

func TestTransportErrors(t *testing.T) {
	breaking := func(times int) func(int, *http.Request, string) int {
		return func(n int, _ *http.Request, _ string) int {
			if n < times {
				return 0
			}
			return 200
		}
	}
	t.Run("mosip, three retries", func(t *testing.T) {
		h, s := run(t, hub.Config{}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		s.on(breaking(3))
		h.publish("1")
		s.expect(t, "1")
		s.on(breaking(4))
		h.publish("2")
		h.awaitStop(1)
		if n := s.tries(); n != 4 {
			t.Errorf("%d tries", n)
		}
		s.quiet(t, 60*time.Millisecond)
	})
	t.Run("w3c, until it works", func(t *testing.T) {
		h, s := run(t, hub.Config{Mode: hub.ModeW3C, Retry: time.Millisecond}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		s.on(func(n int, r *http.Request, body string) int {
			if failures := []int{0, 500, 404, 0, 0, 307, 503}; n < len(failures) {
				return failures[n]
			}
			return 200
		})
		h.publish("1", "2", "3")
		s.expect(t, "1", "2", "3")
	})
}

func TestW3CGoneAndLease(t *testing.T) {
	t.Parallel()
	h, s := run(t, hub.Config{Mode: hub.ModeW3C}), subscribing(t)
	h.subscribe(s, secret)
	h.subscribed(s, secret)
	s.on(func(int, *http.Request, string) int { return http.StatusGone })
	h.publish("1", "2")
	eventually(t, "ended by 410", func() bool { return h.store.count("subscription/")+h.store.count("record/") == 0 })
	if n := s.tries(); n != 1 {
		t.Errorf("%d tries", n)
	}

	s.on(nil)
	h.subscribe(s, secret, "lease_seconds", "5")
	h.subscribed(s, secret)
	h.publish("3")
	s.expect(t, "3")
	eventually(t, "ended by its lease", func() bool { return h.store.count("subscription/") == 0 })

	h.subscribe(s, secret, "lease_seconds", "5")
	h.subscribed(s, secret)
	s.on(func(int, *http.Request, string) int { return 500 })
	h.publish("4")
	eventually(t, "retries ended by the lease", func() bool { return h.store.count("subscription/")+h.store.count("record/") == 0 })
	if n := s.tries(); n < 3 {
		t.Errorf("%d tries", n)
	}
}

func TestMOSIPIgnoresTheLease(t *testing.T) {
	h, s := run(t, hub.Config{}), subscribing(t)
	h.subscribe(s, secret, "lease_seconds", "1")
	h.subscribed(s, secret)
	time.Sleep(1100 * time.Millisecond)
	h.publish("1")
	s.expect(t, "1")
	h.SetMode(hub.ModeW3C)
	eventually(t, "ended once leases count", func() bool { return h.store.count("subscription/") == 0 })
}

func TestWithoutSecret(t *testing.T) {
	h, s := run(t, hub.Config{}), subscribing(t)
	h.subscribe(s, "")
	eventually(t, "subscribed", func() bool { return h.store.count("subscription/") == 1 })
	h.publish("1")
	s.quiet(t, 50*time.Millisecond) // MOSIP's hub fails on it
	h.SetMode(hub.ModeW3C)
	if d := s.next(t); d.body != "1" || d.header.Get("X-Hub-Signature") != "" {
		t.Errorf("delivered %+v", d)
	}
}

func TestContentThatIsNotJSON(t *testing.T) {
	for mode, want := range map[string][]string{hub.ModeMOSIP: {"1"}, hub.ModeW3C: {"{", "{} {}", "1"}} {
		h, s := run(t, hub.Config{Mode: mode}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		h.publish("{", "{} {}", "1")
		s.expect(t, want...)
	}
}

func TestSetModeRestartsTheStopped(t *testing.T) {
	h, s := run(t, hub.Config{}), subscribing(t)
	h.subscribe(s, secret)
	h.subscribed(s, secret)
	s.on(func(n int, _ *http.Request, _ string) int {
		if n < 3 {
			return 500
		}
		return 200
	})
	h.publish("1")
	eventually(t, "tried", func() bool { return s.tries() == 1 })
	h.SetMode("nonsense")
	s.quiet(t, 30*time.Millisecond)
	h.SetMode(hub.ModeW3C)
	s.expect(t, "1")
}
