package websub

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// page answers a request for the page of a topic.
type page func(w http.ResponseWriter, r *http.Request, name string)

// publisher has a page for each topic, under /topics/ and its name.
type publisher struct {
	url string

	mu    sync.Mutex
	shown page
	asked map[string]int // by path
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{asked: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /topics/{name}", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		shown := p.shown
		p.mu.Unlock()
		shown(w, r, r.PathValue("name"))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// show replaces the pages.
func (p *publisher) show(pages page) { p.mu.Lock(); p.shown = pages; p.mu.Unlock() }

// self is the URL of a topic's page.
func (p *publisher) self(name string) string { return p.url + "/topics/" + name }

// visits counts the requests for a topic's page.
func (p *publisher) visits(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked["/topics/"+name]
}

// linked is a page that names a hub and itself in Link headers.
func linked(hub string, self func(name string) string) page {
	return func(w http.ResponseWriter, _ *http.Request, name string) {
		w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="hub"`, hub))
		w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="self"`, self(name)))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"items":[]}`)
	}
}

// written is a page of a type with a body; hub and self fill its %[1]s and %[2]s.
func written(contentType, body, hub string, self func(name string) string) page {
	return func(w http.ResponseWriter, _ *http.Request, name string) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprintf(w, body, hub, self(name))
	}
}
