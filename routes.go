package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/observe"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/web"
)

// routes is every path that is served.
func routes(p *parts, sandboxURL string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", limits.Middleware(p.cfg.Limits.TrustedProxies, p.sessions.Middleware(p.graphql)))
	mux.Handle("GET /files/photo/{link}", p.sessions.Middleware(http.HandlerFunc(p.resolver.Photo)))
	mux.Handle("GET /files/{link}", limits.Middleware(p.cfg.Limits.TrustedProxies, p.sessions.Middleware(http.HandlerFunc(p.resolver.File))))
	mux.HandleFunc("GET /files/logo/{partner}", p.resolver.Logo)
	mux.Handle("GET /orders/return/{state}", limits.Middleware(p.cfg.Limits.TrustedProxies, p.sessions.Middleware(http.HandlerFunc(p.resolver.OrderReturn))))
	auth := http.NewServeMux()
	p.sessions.Routes(auth)
	mux.Handle("/auth/", limits.Middleware(p.cfg.Limits.TrustedProxies, p.counted(auth)))
	// The provider announces everybody's logouts from one address, and signs them.
	mux.Handle("POST /auth/backchannel-logout", auth)
	mux.Handle("/hooks/websub/", p.subscriber.Handler())
	if sandboxURL != "" {
		playground := p.atPublicURL(web.Playground(web.Options{SandboxURL: sandboxURL + "/sandbox/"}))
		mux.Handle("/playground", playground)
		mux.Handle("/playground/", playground)
		mux.Handle("GET /{$}", http.RedirectHandler("/playground", http.StatusFound))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", p.readyz)
	csrf := http.NewCrossOriginProtection()
	// The hub is no browser, and its signature is checked.
	csrf.AddInsecureBypassPattern("POST /hooks/websub/")
	csrf.SetDenyHandler(http.HandlerFunc(crossOrigin))
	return observe.Traced(p.headers(languages(ownOrigin(p.cfg.PublicURL, csrf.Handler(mux)))))
}

// counted takes one unit per request from the bucket of its address: each sign-in that begins is kept for ten minutes.
func (p *parts) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := limits.Caller{Class: limits.Visitor, Source: limits.RequestOf(r.Context()).Source}
		if _, wait, err := p.service.Limiter.Charge(r.Context(), caller, 1); err != nil {
			w.Header().Set("Retry-After", strconv.Itoa(limits.Seconds(wait)))
			http.Error(w, "Too many requests. Please wait a little and try again.", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// atPublicURL sends a browser that came by another name of this machine, such as 127.0.0.1, to the public one: only there
// do cookies and the check of origins fit.
func (p *parts) atPublicURL(page http.Handler) http.Handler {
	_, host, _ := strings.Cut(p.cfg.PublicURL, "://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host && r.URL.Path == "/playground" {
			http.Redirect(w, r, p.cfg.PublicURL+"/playground", http.StatusFound)
			return
		}
		page.ServeHTTP(w, r)
	})
}

// ownOrigin refuses what says that it comes from another origin, scheme and all: CrossOriginProtection compares hosts
// only, and a page of the same host without TLS is not us. Requests without an Origin come from no page.
func ownOrigin(public string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		if safe && r.Header.Get("Upgrade") == "" || graph.SameOrigin(public, r) {
			next.ServeHTTP(w, r)
			return
		}
		crossOrigin(w, r)
	})
}

// crossOrigin refuses what a page of another origin sends with the resident's cookie.
func crossOrigin(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{
		"message":    "Requests of other origins are refused.",
		"extensions": map[string]any{"code": resident.Forbidden, "traceId": observe.TraceID(r.Context())},
	}}})
}

// readyz says whether requests should be sent here: not before the start is over, nor while draining, nor without
// Postgres. An upstream that is down dims its own fields, so it does not count.
func (p *parts) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	if !p.ready.Load() || p.service.Store.Ping(ctx) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// headers puts on every answer what keeps a browser from being turned against the resident. The front ends set their
// own Content-Security-Policy.
func (p *parts) headers(next http.Handler) http.Handler {
	encrypted := strings.HasPrefix(p.cfg.PublicURL, "https:")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if encrypted { // RFC 6797 §7.2: never without TLS
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		h.Set("Cache-Control", "no-store")
		if len(r.TransferEncoding) > 0 {
			// net/http hides whether there was a Content-Length beside it; then the connection must not go on (RFC 9112
			// §6.1), or what a proxy took for this request's body would be answered as another request.
			h.Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// languages keeps the language that the client wants.
func languages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(resident.WithLanguage(r.Context(), r.Header.Get("Accept-Language"))))
	})
}
