package websub

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

// A topic is subscribed to under the URL that its page calls its own.
func Test200TopicWithAnotherSelf(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	canonical := func(name string) string { return p.url + "/canonical?topic=" + name + "&lang=en" }
	p.show(linked(h.url, canonical))
	s := play(t, p, h, rarely)
	s.receives(s.subscriptions(canonical))
	for _, name := range resident.Topics {
		if n := len(h.subscribed(p.self(name))); n != 0 {
			t.Errorf("%s: %d subscriptions to the URL that was asked", name, n)
		}
	}
}

func Test201TopicRedirectedTemporarily(t *testing.T) { topicRedirected(t, http.StatusFound) }

func Test202TopicRedirectedPermanently(t *testing.T) { topicRedirected(t, http.StatusMovedPermanently) }

func topicRedirected(t *testing.T, code int) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	moved := newPublisher(t)
	moved.show(linked(h.url, moved.self))
	p.show(func(w http.ResponseWriter, r *http.Request, name string) { http.Redirect(w, r, moved.self(name), code) })
	s := play(t, p, h, rarely)
	s.receives(s.subscriptions(moved.self))
}

func Test203HubRedirectedTemporarily(t *testing.T) { hubRedirected(t, http.StatusTemporaryRedirect) }

func Test204HubRedirectedPermanently(t *testing.T) { hubRedirected(t, http.StatusPermanentRedirect) }

// hubRedirected has the hub that the pages name send the subscriber to another one; that fails unless it is sent the
// same POST again.
func hubRedirected(t *testing.T, code int) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	before := newHub(t)
	before.misbehave(func(w http.ResponseWriter, _ url.Values) bool {
		w.Header().Set("Location", h.url)
		w.WriteHeader(code)
		return true
	})
	p.show(linked(before.url, p.self))
	s := play(t, p, h, rarely)
	s.receives(s.subscriptions(p.self))
	for i, first := range before.asked("") {
		found := false
		for _, second := range h.asked("") {
			found = found || first.form.Encode() == second.form.Encode()
		}
		if !found {
			t.Errorf("request %d did not arrive as it was sent first", i)
		}
	}
	if a, b := len(before.asked("")), len(h.asked("")); a != len(resident.Topics) || b != a {
		t.Errorf("%d requests, %d after the redirect", a, b)
	}
}

// A redirect that would turn the request into a GET is no answer of a hub.
func TestHubRedirectedOtherwise(t *testing.T) {
	t.Parallel()
	followed := make(chan string, 100)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { followed <- r.Method }))
	t.Cleanup(target.Close)
	p, h := newPublisher(t), newHub(t)
	codes := map[string]int{p.self(resident.AuthTypeTopic): http.StatusMovedPermanently,
		p.self(resident.CredentialTopic): http.StatusFound, p.self(resident.WorkflowTopic): http.StatusSeeOther}
	h.misbehave(func(w http.ResponseWriter, form url.Values) bool {
		code, redirected := codes[form.Get("hub.topic")]
		if redirected {
			w.Header().Set("Location", target.URL)
			w.WriteHeader(code)
		}
		return redirected
	})
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	for topic := range codes {
		harness.Eventually(t, "taken for a failure, and asked again", func() bool { return len(s.requestsFor(topic)) > 1 })
	}
	if len(followed) > 0 {
		t.Errorf("followed with a %s", <-followed)
	}
	if n := len(h.subscribed(p.self(resident.AuthenticationTopic))); n != 1 {
		t.Error("the other topic is not subscribed to")
	}
}

// A verification is answered only if topic and mode are those of a request that is under way.
func Test205WrongTopicIsNotVerified(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, rarely)
	all := s.subscriptions(p.self)
	one := all[resident.CredentialTopic]
	const challenge = "the-challenge"
	for what, query := range map[string]url.Values{
		"another topic of ours": {"hub.mode": {"subscribe"}, "hub.topic": {p.self(resident.AuthTypeTopic)}},
		"a stranger's topic":    {"hub.mode": {"subscribe"}, "hub.topic": {"http://localhost/other"}},
		"MOSIP's name":          {"hub.mode": {"subscribe"}, "hub.topic": {resident.CredentialTopic}},
		"a longer topic":        {"hub.mode": {"subscribe"}, "hub.topic": {one.topic + "/"}},
		"two topics":            {"hub.mode": {"subscribe"}, "hub.topic": {"http://localhost/other", one.topic}},
		"an empty topic":        {"hub.mode": {"subscribe"}, "hub.topic": {""}},
		"no topic":              {"hub.mode": {"subscribe"}},
		"denied, another topic": {"hub.mode": {"denied"}, "hub.topic": {p.self(resident.AuthTypeTopic)}},
		"an unknown mode":       {"hub.mode": {"renew"}, "hub.topic": {one.topic}},
		"no mode":               {"hub.topic": {one.topic}},
		"not asked for":         {"hub.mode": {"unsubscribe"}, "hub.topic": {one.topic}},
	} {
		query.Set("hub.challenge", challenge)
		status, body, _ := h.ask(one.callback, query)
		if status != http.StatusNotFound || strings.Contains(body, challenge) {
			t.Errorf("%s: answered with %d %q", what, status, body)
		}
	}
	stranger := strings.TrimSuffix(one.callback, idOf(one.callback)) + strings.Repeat("a", len(idOf(one.callback)))
	if status, _, _ := h.ask(stranger, url.Values{"hub.mode": {"subscribe"}, "hub.topic": {one.topic}, "hub.challenge": {challenge}}); status != http.StatusNotFound {
		t.Errorf("a callback that is not ours answered with %d", status)
	}
	if state := s.state(one.callback); state != "verified" {
		t.Errorf("the subscription is %s", state)
	}
	s.receives(all)
}
