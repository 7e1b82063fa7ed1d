package hub_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

func TestIntentIsVerified(t *testing.T) {
	for _, mode := range []string{hub.ModeMOSIP, hub.ModeW3C} {
		for name, row := range map[string]struct {
			query, lease, want string
		}{
			"default lease":       {"", "", "86400"},
			"requested lease":     {"", "600", "600"},
			"callback with query": {"?intentMode=subscribe", "600", "600"},
		} {
			h, s := run(t, hub.Config{Mode: mode}), subscribing(t)
			s.url += row.query
			form := []string{"mode", "subscribe", "topic", topic, "callback", s.url, "secret", secret}
			if row.lease != "" {
				form = append(form, "lease_seconds", row.lease)
			}
			if a := h.form(form...); a.status != 202 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			q := s.asked(t)
			if _, err := uuid.Parse(q.Get("hub.challenge")); err != nil {
				t.Errorf("%s, %s: challenge %q", mode, name, q.Get("hub.challenge"))
			}
			if q.Get("hub.mode") != "subscribe" || q.Get("hub.topic") != topic || q.Get("hub.lease_seconds") != row.want {
				t.Errorf("%s, %s: asked %v", mode, name, q)
			}
			if row.query != "" && q.Get("intentMode") != "subscribe" {
				t.Errorf("%s, %s: own query lost: %v", mode, name, q)
			}
			h.subscribed(s, secret)
			h.publish(`{"a":1}`)
			s.expect(t, `{"a":1}`)
		}
	}
}

func TestValuesAreEncodedInModeW3COnly(t *testing.T) {
	for mode, want := range map[string]string{hub.ModeMOSIP: "hub.topic=mpartner/EVENT&", hub.ModeW3C: "hub.topic=mpartner%2FEVENT&"} {
		h, s := run(t, hub.Config{Mode: mode}), subscribing(t)
		h.form("mode", "subscribe", "topic", "mpartner/EVENT", "callback", s.url, "secret", secret)
		if u := <-s.questions; !strings.Contains(u.RawQuery, want) {
			t.Errorf("%s: %s lacks %s", mode, u.RawQuery, want)
		}
	}
}

func TestUnconfirmedIntentChangesNothing(t *testing.T) {
	for name, answer := range map[string]func(int, http.ResponseWriter, url.Values) bool{
		"not found": func(_ int, w http.ResponseWriter, q url.Values) bool {
			http.Error(w, q.Get("hub.challenge"), http.StatusNotFound)
			return true
		},
		"another text": func(_ int, w http.ResponseWriter, q url.Values) bool {
			_, _ = w.Write([]byte(q.Get("hub.challenge") + "\n"))
			return true
		},
		"redirect": func(_ int, w http.ResponseWriter, q url.Values) bool {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusFound)
			_, _ = w.Write([]byte(q.Get("hub.challenge")))
			return true
		},
	} {
		h, s := run(t, hub.Config{}), subscribing(t)
		s.answer = answer
		h.subscribe(s, secret)
		time.Sleep(30 * time.Millisecond)
		h.publish(`{}`)
		s.quiet(t, 30*time.Millisecond)
		if h.store.count("subscription/") != 0 || len(s.questions) != 0 {
			t.Errorf("%s: subscribed, or asked again", name)
		}
	}
}

func TestVerificationIsRetriedAfterTransportErrors(t *testing.T) {
	for failures, want := range map[int]int{3: 1, 4: 0} {
		h, s := run(t, hub.Config{}), subscribing(t)
		s.answer = func(n int, _ http.ResponseWriter, _ url.Values) bool {
			if n < failures {
				panic(http.ErrAbortHandler)
			}
			return false
		}
		h.subscribe(s, secret)
		for range 3 {
			s.asked(t)
		}
		if want == 1 {
			h.subscribed(s, secret)
		} else {
			time.Sleep(50 * time.Millisecond)
		}
		if n := h.store.count("subscription/"); n != want || len(s.questions) != 0 {
			t.Errorf("%d failures: %d subscriptions, %d more questions", failures, n, len(s.questions))
		}
	}
}

func TestSubscribingAgain(t *testing.T) {
	t.Run("mosip denies and keeps the first secret", func(t *testing.T) {
		h, s := run(t, hub.Config{}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		h.form("mode", "subscribe", "topic", topic, "callback", s.url, "secret", "another")
		q := s.asked(t)
		if q.Get("hub.mode") != "denied" || q.Get("hub.topic") != topic || q.Get("hub.reason") != "Subscriber has already registered with the Hub" {
			t.Errorf("asked %v", q)
		}
		h.publish(`{}`)
		if d := s.next(t); d.header.Get("X-Hub-Signature") != signature(secret, "{}") {
			t.Error("not signed with the first secret")
		}
	})
	t.Run("mosip takes callbacks for one that differ in signs only", func(t *testing.T) {
		h, s := run(t, hub.Config{}), subscribing(t)
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		h.form("mode", "subscribe", "topic", topic, "callback", strings.Replace(s.url, "/websub/", "/websub-", 1), "secret", secret)
		if q := s.asked(t); q.Get("hub.mode") != "denied" {
			t.Errorf("asked %v", q)
		}
	})
	t.Run("w3c renews and takes the new secret", func(t *testing.T) {
		h, s := run(t, hub.Config{Mode: hub.ModeW3C}), subscribing(t)
		h.subscribe(s, secret, "lease_seconds", "2")
		h.subscribed(s, secret)
		h.subscribe(s, "another")
		h.subscribed(s, "another")
		time.Sleep(2100 * time.Millisecond)
		h.publish(`{}`)
		if d := s.next(t); d.header.Get("X-Hub-Signature") != signature("another", "{}") {
			t.Error("not signed with the new secret")
		}
	})
}

func TestUnsubscribe(t *testing.T) {
	for _, mode := range []string{hub.ModeMOSIP, hub.ModeW3C} {
		h, s := run(t, hub.Config{Mode: mode}), subscribing(t)
		for _, row := range []struct{ topic, reason string }{
			{"UNKNOWN", "Topic [UNKNOWN] is not registered with the Hub"},
			{topic, "Could not find a valid subscriber for Topic [" + topic + "] and Callback [" + s.url + "]"},
		} {
			if row.topic == topic {
				h.form("mode", "register", "topic", topic)
			}
			h.form("mode", "unsubscribe", "topic", row.topic, "callback", s.url)
			if q := s.asked(t); q.Get("hub.mode") != "denied" || q.Get("hub.reason") != row.reason {
				t.Errorf("%s: asked %v", mode, q)
			}
		}
		h.subscribe(s, secret)
		h.subscribed(s, secret)
		if a := h.form("mode", "unsubscribe", "topic", topic, "callback", s.url); a.status != 202 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if q := s.asked(t); q.Get("hub.mode") != "unsubscribe" || q.Has("hub.lease_seconds") {
			t.Errorf("%s: asked %v", mode, q)
		}
		eventually(t, "unsubscribed", func() bool { return h.store.count("subscription/") == 0 })
		h.publish(`{}`)
		s.quiet(t, 30*time.Millisecond)

		h.subscribe(s, "another") // and now another secret counts in both modes
		h.subscribed(s, "another")
		h.publish(`{}`)
		if d := s.next(t); d.header.Get("X-Hub-Signature") != signature("another", "{}") {
			t.Errorf("%s: not signed with the new secret", mode)
		}
	}
}
