package sandbox

import (
	"html/template"
	"net/http"
	"strings"
)

// serviceNames are the services as calls and faults call them.
var serviceNames = []string{
	"keycloak", "esignet", "identity", "vid", "partner", "masterdata", "configserver", "audit", "notification",
	"keymanager", "ida", "credential", "datashare", "digitalcard", "print", "registration", "hub",
}

const residentsOnPage = 12

// servePage shows people how to sign in and where to look.
func (s *Sandbox) servePage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, "index.html", map[string]any{
		"PublicURL": s.options.PublicURL, "Residents": s.residentInfos(residentsOnPage),
		"Count": residentCount, "Services": serviceNames,
	})
}

// render writes one of the embedded pages.
func (s *Sandbox) render(w http.ResponseWriter, name string, values any) {
	pages, err := template.ParseFS(data, "data/pages/*.html")
	if err != nil {
		http.Error(w, "the page cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := pages.ExecuteTemplate(w, name, values); err != nil {
		s.options.Log.Warn("a sandbox page went unrendered", "page", name, "error", err)
	}
}

// wantsPage tells a browser from a program.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}
