package attack

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// production starts a server as an operator does, MODE=production and all, before a MOSIP of its own. Whatever it asks
// of MOSIP passes through a tap.
func production(t *testing.T, env ...string) (*harness.Server, *tap) {
	t.Helper()
	p := harness.NewProduction(t)
	through := newTap(t, p.MOSIP.URL())
	for name, value := range p.Environment {
		if name != "OIDC_ISSUER" { // it is compared with what its tokens say, and browsers go there
			p.Environment[name] = strings.Replace(value, p.MOSIP.URL(), through.url, 1)
		}
	}
	s := p.Start(t, append([]string{"RATE_RESIDENT=0", "RATE_SOURCE=0"}, env...)...)
	return s, through
}

// tap stands between the server and MOSIP: it keeps every request as it came, and can answer in MOSIP's place.
type tap struct {
	url string

	mu      sync.Mutex
	raw     []string
	instead http.HandlerFunc // nil passes on
}

func newTap(t *testing.T, upstream string) *tap {
	t.Helper()
	target, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{url: "http://" + listener.Addr().String()}
	pass := httputil.NewSingleHostReverseProxy(target)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		p.mu.Lock()
		p.raw = append(p.raw, string(dump))
		instead := p.instead
		p.mu.Unlock()
		if instead != nil {
			instead(w, r)
			return
		}
		r.Host = target.Host
		pass.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	return p
}

// answer has MOSIP's answers replaced; nil lets them pass again.
func (p *tap) answer(instead http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.instead = instead
}

// requests answers what the server has asked of MOSIP so far, as it was on the wire, and forgets it.
func (p *tap) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	came := p.raw
	p.raw = nil
	return came
}
