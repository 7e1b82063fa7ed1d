package web

import (
	"net/http"
	"strings"
)

// guarded sets the headers of every answer below /playground. The policy is the playground's own: the Monaco editor
// needs inline styles and workers from blobs, which no other page should be given.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy(r.Host))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// policy is the Content-Security-Policy (CSP Level 3) for a page served by host. Not every browser lets 'self' stand
// for the WebSocket of the same host, so that is named too.
func policy(host string) string {
	connect := "'self'"
	if isHostSource(host) {
		connect += " ws://" + host + " wss://" + host
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'unsafe-inline'",
		"worker-src 'self' blob:",
		"font-src 'self' data:",
		"img-src 'self' data: blob:",
		"connect-src " + connect,
		"frame-ancestors 'none'",
		"base-uri 'none'",
		"form-action 'self'",
	}, "; ")
}

// isHostSource says whether a Host header can stand in a policy. The caller chooses that header: a space, comma or
// semicolon in it would start a directive of theirs.
func isHostSource(host string) bool {
	foreign := func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		digit := '0' <= r && r <= '9'
		return !letter && !digit && r != '.' && r != '-' && r != ':'
	}
	return host != "" && strings.IndexFunc(host, foreign) < 0
}
