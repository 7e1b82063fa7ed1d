package websub

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

// A hub that a page names is a stranger: it is told the topic, a callback and a secret of its own, and nothing else.
func TestServiceTokenIsNotShownToStrangers(t *testing.T) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(linked(h.url, p.self))
	s := play(t, p, h, often)
	all := s.subscriptions(p.self)
	harness.Eventually(t, "asked several times", func() bool { return len(h.asked("")) > 3*len(all) })
	for _, r := range h.asked("") {
		for name := range r.header {
			if name == "Cookie" || name == "Authorization" {
				t.Errorf("a stranger was shown %s", name)
			}
		}
		for field := range r.form {
			if !strings.Contains(" hub.mode hub.topic hub.callback hub.secret hub.lease_seconds ", " "+field+" ") {
				t.Errorf("a stranger was told %s", field)
			}
		}
		if mode := r.form.Get("hub.mode"); mode != "subscribe" {
			t.Errorf("a stranger was asked to %s", mode)
		}
	}
}

// Nothing leads from https to less: neither a redirect of a page nor the hub that it names.
func TestProtectionIsKept(t *testing.T) {
	t.Parallel()
	plain, bare, safe := newPublisher(t), newHub(t), newHubOn(t, httptest.NewTLSServer)
	plain.show(linked(bare.url, plain.self))
	var server *httptest.Server
	self := func(name string) string { return server.URL + "/topics/" + name }
	pages := map[string]page{
		resident.AuthTypeTopic: func(w http.ResponseWriter, r *http.Request, name string) {
			http.Redirect(w, r, plain.self(name), http.StatusFound)
		},
		resident.AuthenticationTopic: linked(bare.url, self),
		resident.CredentialTopic:     linked(bare.url+">; rel=hub, <"+safe.url, self), // the second can be used
		resident.WorkflowTopic:       linked(safe.url, self),
	}
	mux := http.NewServeMux()
	var visits sync.Map
	mux.HandleFunc("GET /topics/{name}", func(w http.ResponseWriter, r *http.Request) {
		count, _ := visits.LoadOrStore(r.PathValue("name"), new(atomic.Int64))
		count.(*atomic.Int64).Add(1)
		pages[r.PathValue("name")](w, r, r.PathValue("name"))
	})
	server = httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	s := &stage{t: t, hub: safe, Server: harness.Start(t, often, trusting(t, server), "WEBSUB_TOPIC_URL="+server.URL+"/topics/")}
	for _, name := range resident.Topics {
		harness.Eventually(t, "its page is fetched again", func() bool {
			count, ok := visits.Load(name)
			return ok && count.(*atomic.Int64).Load() > 1
		})
		asked := len(s.requestsFor(self(name))) > 0
		if want := name == resident.CredentialTopic || name == resident.WorkflowTopic; asked != want {
			t.Errorf("%s: the protected hub was asked: %v", name, asked)
		}
	}
	if n := len(bare.asked("")); n != 0 {
		t.Errorf("the unprotected hub was asked %d times", n)
	}
	if n := plain.visits(resident.AuthTypeTopic); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}

// trusting is the variable that has the server trust the certificate of another.
func trusting(t *testing.T, server *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return "SSL_CERT_FILE=" + file
}

// A page without an end, with endless headers or redirects, without an answer or without sense costs its own topic
// alone, and that only as long as it is so.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("<p>filler</p>\n", 5000)
	nowhere := func(string) string { return "" }
	for _, hostile := range []map[string]page{{
		resident.CredentialTopic: func(w http.ResponseWriter, r *http.Request, _ string) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<body><link rel="hub" href="/hub"><link rel="self" href="/self">`)
			for r.Context().Err() == nil { // until we hang up
				fmt.Fprint(w, filler)
			}
		},
		resident.WorkflowTopic: func(w http.ResponseWriter, _ *http.Request, name string) {
			w.Header().Set("Link", strings.Repeat("<http://localhost/>; rel=other, ", 10_000))
		},
		resident.AuthTypeTopic: func(w http.ResponseWriter, r *http.Request, _ string) {
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
		},
	}, {
		resident.CredentialTopic: func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() },
		resident.WorkflowTopic:   written("text/html", strings.Repeat("<div>", 50_000)+"%.0[1]s%.0[2]s", "", nowhere),
		resident.AuthTypeTopic: written("application/atom+xml", `<feed xmlns="http://www.w3.org/2005/Atom">
			<entry><link rel="hub" href="/hub"/><link rel="self" href="/self"/></entry>
			<link rel="hub" href="%.0[1]sjavascript:1"/><link rel="self" href="%.0[2]sfile:///etc/passwd"/></feed>`, "", nowhere),
	}} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			p, h := newPublisher(t), newHub(t)
			good := linked(h.url, p.self)
			p.show(func(w http.ResponseWriter, r *http.Request, name string) {
				if shown, bad := hostile[name]; bad {
					shown(w, r, name)
					return
				}
				good(w, r, name)
			})
			s := play(t, p, h, often)
			for name := range hostile {
				harness.Eventually(t, name+": its page is fetched again", func() bool { return p.visits(name) > 1 })
			}
			var known int
			if s.read(&known, `select count(*) from subscription`); known != 1 || len(h.asked("")) == 0 {
				t.Errorf("%d topics were taken for discovered", known)
			}
			if n := len(h.subscribed(p.self(resident.AuthenticationTopic))); n != 1 {
				t.Error("the other topic is not subscribed to")
			}
			p.show(good)
			s.receives(s.subscriptions(p.self))
		})
	}
}
