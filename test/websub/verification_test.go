package websub

import (
	"encoding/base32"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

// The challenge comes back byte by byte, as plain text that no browser takes for a page.
func TestChallengeIsEchoed(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	one := s.subscriptions(p.self)[resident.CredentialTopic]
	for _, challenge := range []string{
		"0c0f4a0e-5d0e-4d8a-9a68-1f5d0e7a2b11", "<script>alert(1)</script>", `a&b=c;d+e f"g'h`, "100%25 %zz", "überprüft ✓ 検証",
		" spaces about it ", "line\r\nend", strings.Repeat("long", 1000), "hub.challenge=x",
	} {
		status, body, header := h.ask(one.callback, url.Values{"hub.mode": {"subscribe"}, "hub.topic": {one.topic},
			"hub.challenge": {challenge}, "hub.lease_seconds": {"600"}, "hub.unknown": {"ignored"}})
		if status/100 != 2 || body != challenge {
			t.Errorf("%.40q: answered with %d %.40q", challenge, status, body)
		}
		if kind := header.Get("Content-Type"); kind != "text/plain" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%.40q: answered as %q", challenge, kind)
		}
	}
	for what, query := range map[string]string{
		"no challenge":       "hub.mode=subscribe&hub.topic=" + url.QueryEscape(one.topic) + "&hub.lease_seconds=600",
		"an empty challenge": "hub.mode=subscribe&hub.topic=" + url.QueryEscape(one.topic) + "&hub.challenge=",
	} {
		r, err := http.NewRequest(http.MethodGet, one.callback+"?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, _ := h.send(r); status != http.StatusNotFound {
			t.Errorf("%s: answered with %d", what, status)
		}
	}
}

// The lease is the hub's to grant. The subscription is asked for again before four fifths of it are over. This is the one
// test in which time is measured, as time is what it is about: six seconds lie between what it expects and what it allows.
func TestLeaseIsKeptAndRenewed(t *testing.T) {
	t.Parallel()
	const granted = 20
	p, h := newPublisher(t), newHub(t)
	h.lease = granted
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely, "WEBSUB_LEASE=12h")
	for name, first := range s.subscriptions(p.self) {
		if asked := h.asked("subscribe")[0].form.Get("hub.lease_seconds"); asked != "43200" {
			t.Errorf("%s: a lease of %s seconds was asked for", name, asked)
		}
		var lease float64
		s.read(&lease, `select extract(epoch from lease_until - verified_at)::float8 from subscription where callback_id = $1`, idOf(first.callback))
		if lease != granted {
			t.Errorf("%s: a lease of %v seconds was noted", name, lease)
		}
		harness.Within(t, time.Minute, "renewed", func() bool { return len(s.requestsFor(first.topic)) > 1 })
		again := s.requestsFor(first.topic)[1]
		if after := again.at.Sub(first.asked); after >= granted*time.Second { // when it would have ended
			t.Errorf("%s: renewed after %v", name, after)
		}
		if again.form.Get("hub.callback") != first.callback || again.form.Get("hub.secret") != first.secret {
			t.Errorf("%s: renewed as another subscription", name)
		}
		harness.Eventually(t, "verified again", func() bool { return h.subscribed(first.topic)[0].verified.After(again.at) })
	}
}

// An unsubscription is verified only if we asked for it: that is when the page names another hub, and the subscription
// there stands. From then on the old one's deliveries are refused.
func TestUnsubscriptionIsVerifiedOnlyIfAskedFor(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, often)
	before := s.subscriptions(p.self)
	for name, one := range before {
		query := url.Values{"hub.mode": {"unsubscribe"}, "hub.topic": {one.topic}, "hub.challenge": {"the-challenge"}}
		if status, body, _ := h.ask(one.callback, query); status != http.StatusNotFound || strings.Contains(body, "the-challenge") {
			t.Errorf("%s: an unsubscription that nobody asked for was answered with %d %q", name, status, body)
		}
	}
	s.receives(before)
	if n := len(h.asked("unsubscribe")); n != 0 {
		t.Errorf("unsubscribed %d times without a reason", n)
	}

	s.hub = newHub(t)
	p.show(linked(s.hub.url, p.self))
	after := s.subscriptions(p.self)
	for name, one := range before {
		harness.Eventually(t, name+" is unsubscribed", func() bool { return len(h.subscribed(one.topic)) == 0 })
		if after[name].callback == one.callback || after[name].secret == one.secret {
			t.Errorf("%s: the new hub knows the callback or the secret of the old one", name)
		}
		body := message("late")
		if status := h.deliver(one, body); status != http.StatusGone || s.kept(name, body) != 0 {
			t.Errorf("%s: a delivery of the old hub was answered with %d", name, status)
		}
	}
	s.receives(after)
}

// A denial is taken, costs no other topic, and is not for ever.
func TestDenial(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	refused := p.self(resident.CredentialTopic)
	h.deny(refused, "not yet", 2)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, often)
	all := s.subscriptions(p.self)
	if n := h.told(refused); n != 2 {
		t.Errorf("%d of two denials were answered with 200", n)
	}
	if asked := s.requestsFor(refused); len(asked) < 3 || asked[0].form.Get("hub.callback") != all[resident.CredentialTopic].callback {
		t.Errorf("asked %d times, the first time for another callback", len(asked))
	}
	s.receives(all)
}

// A hub that answers a renewal with "already registered", as MOSIP's does, has said that the subscription stands. Any
// other reason ends it (W3C WebSub 5.2), and it is asked for anew.
func TestDenialOfARenewal(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	all := s.subscriptions(p.self)
	for name, row := range map[string]struct{ reason, state string }{
		resident.AuthTypeTopic:       {"Subscriber has already registered with the Hub", "verified"},
		resident.AuthenticationTopic: {"The quota is used up", "denied"},
		resident.CredentialTopic:     {"", "denied"},
	} {
		one := all[name]
		status, _, _ := h.ask(one.callback, url.Values{"hub.mode": {"denied"}, "hub.topic": {one.topic}, "hub.reason": {row.reason}})
		if status != http.StatusOK || s.state(one.callback) != row.state {
			t.Errorf("%q: answered with %d, and the subscription is %s", row.reason, status, s.state(one.callback))
		}
	}
	s.receives(all) // the hub may change its mind before we ask; what it signs is heard
}

// Callbacks and secrets are unguessable and of one subscription each; a restart keeps them, another installation shares
// none.
func TestSecretsAndCallbacks(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	first := s.subscriptions(p.self)
	s.Stop()
	s.Run()
	harness.Eventually(t, "all are asked for again", func() bool { return len(h.asked("subscribe")) >= 2*len(resident.Topics) })
	for name, one := range s.subscriptions(p.self) {
		if one.callback != first[name].callback || one.secret != first[name].secret {
			t.Errorf("%s: another callback or secret after a restart", name)
		}
	}
	other := newHub(t)
	p.show(linked(other.url, p.self))
	second := play(t, p, other, rarely, "SECRET=of another installation, and long enough").subscriptions(p.self)

	callback := regexp.MustCompile(`^http://localhost:\d+/hooks/websub/([a-z2-7]+)$`)
	seen := map[string]bool{}
	for _, all := range []map[string]subscription{first, second} {
		for name, one := range all {
			match := callback.FindStringSubmatch(one.callback)
			if match == nil {
				t.Fatalf("%s: the callback is not of that form", name)
			}
			random, err := base32.StdEncoding.DecodeString(strings.ToUpper(match[1]))
			if err != nil || len(random)*8 < 128 {
				t.Errorf("%s: the callback has %d bits: %v", name, len(random)*8, err)
			}
			if len(one.secret) < 32 || len(one.secret) >= 200 {
				t.Errorf("%s: the secret has %d bytes", name, len(one.secret))
			}
			for _, text := range []string{match[1], one.secret} {
				if seen[text] {
					t.Errorf("%s: used twice", name)
				}
				seen[text] = true
			}
			if strings.Contains(one.secret, match[1]) || strings.Contains(one.callback, one.secret) {
				t.Errorf("%s: the callback tells the secret", name)
			}
		}
	}
}
