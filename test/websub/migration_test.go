package websub

import (
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

// A publisher moves its topics to the sandbox's hub by redirecting their pages to those of that hub (WebSub 6.1). The
// server follows, subscribes there, and leaves the old hub.
func TestTopicsMoveToTheSandboxHub(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, often)
	before := s.subscriptions(p.self)
	s.Settings(t, map[string]any{"hubMode": "w3c"})
	pages := s.SandboxURL + "/hub/topics/"
	p.show(func(w http.ResponseWriter, r *http.Request, name string) {
		http.Redirect(w, r, pages+name, http.StatusMovedPermanently)
	})
	for name, one := range before {
		harness.Eventually(t, name+" is unsubscribed", func() bool { return len(h.subscribed(one.topic)) == 0 })
		var standing int
		s.read(&standing, `select count(*) from subscription where topic = $1 and state = 'verified'`,
			name+" "+pages+name+" "+s.SandboxURL+"/hub/")
		if standing != 1 {
			t.Errorf("%s: %d subscriptions at the sandbox's hub", name, standing)
		}
		s.publish(name, "moved")
	}
	harness.Eventually(t, "the sandbox's hub delivers", func() bool { return s.keptInAll() == len(before) })
}

// A page that cannot be read, or that names no hub any more, ends nothing: the subscription at the last hub is kept up.
func TestPageThatIsGoneEndsNothing(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, often)
	all := s.subscriptions(p.self)
	for what, gone := range map[string]page{
		"not found":    func(w http.ResponseWriter, r *http.Request, _ string) { http.NotFound(w, r) },
		"broken":       func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) },
		"without hub":  written("text/html", "<!doctype html><title>Topic</title>%.0[1]s%.0[2]s", h.url, p.self),
		"without self": written("text/html", `<!doctype html><link rel="hub" href="%[1]s">%.0[2]s`, h.url, p.self),
	} {
		p.show(gone)
		asked := len(s.requestsFor(p.self(resident.CredentialTopic)))
		visits := p.visits(resident.CredentialTopic)
		harness.Eventually(t, what+": renewed all the same", func() bool {
			return p.visits(resident.CredentialTopic) > visits+1 && len(s.requestsFor(p.self(resident.CredentialTopic))) > asked+1
		})
	}
	s.receives(all)
}

// A page may name several hubs. We keep to ours as long as it is among them, in whatever order they are named.
func TestSeveralHubs(t *testing.T) {
	t.Parallel()
	p, h, other := newPublisher(t), newHub(t), newHub(t)
	hubs := func(first, second string) page {
		return func(w http.ResponseWriter, _ *http.Request, name string) {
			w.Header().Set("Link", "<"+first+`>; rel=hub, <`+second+`>; rel=hub, <`+p.self(name)+`>; rel=self`)
		}
	}
	p.show(hubs(h.url, other.url))
	s := play(t, p, h, often)
	all := s.subscriptions(p.self)
	p.show(hubs(other.url, h.url))
	asked := len(h.asked("subscribe"))
	harness.Eventually(t, "the first hub is asked again", func() bool { return len(h.asked("subscribe")) > asked+2*len(all) })
	if n := len(other.asked("")); n != 0 {
		t.Errorf("the other hub was asked %d times", n)
	}
	s.receives(all)
}
