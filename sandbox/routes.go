package sandbox

import (
	"net/http"
	"slices"
)

// esignetPaths are what e-Signet answers on.
var esignetPaths = []string{"/.well-known/", "/authorize", "/v1/esignet/"}

// routes mounts every service, each call counted and open to its fault, and
// the control surface, which is neither.
func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	for _, e := range slices.Concat(
		s.realm.endpoints(), s.identity.endpoints(), s.vids.endpoints(), s.partners.endpoints(),
		s.masterData.endpoints(), configServerEndpoints(), s.audits.endpoints(), s.notifier.endpoints(),
		s.keyManager.endpoints(), s.ida.endpoints(), s.credentials.endpoints(), s.packets.endpoints(),
		s.shares.endpoints(), s.cards.endpoints(), s.printer.endpoints(),
	) {
		mux.Handle(e.pattern, s.guarded(e))
	}
	mux.Handle("GET "+identityBase+"/{a}/{b}", s.identityByPath())
	for _, path := range esignetPaths {
		mux.Handle(path, s.observed("esignet", methodAndPath, s.esignet))
	}
	mux.Handle("/hub/", s.observed("hub", methodAndPath, s.hub))
	mux.HandleFunc("GET "+orderPage, s.serveOrderPage)
	mux.HandleFunc("GET "+trackingPage+"{trackingId}", s.serveTracking)
	mux.Handle("/sandbox/", s.controlRoutes())
	return mux
}

// identityByPath tells the identity endpoints apart that one pattern covers.
func (s *Sandbox) identityByPath() http.Handler {
	first, second := map[string]http.Handler{}, map[string]http.Handler{}
	byFirst, bySecond := s.identity.overlapping()
	for word, e := range byFirst {
		first[word] = s.guarded(e)
	}
	for word, e := range bySecond {
		second[word] = s.guarded(e)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := first[r.PathValue("a")]
		if h == nil {
			h = second[r.PathValue("b")]
		}
		if h == nil {
			h = http.NotFoundHandler()
		}
		h.ServeHTTP(w, r)
	})
}

func methodAndPath(r *http.Request) string { return r.Method + " " + r.URL.Path }
