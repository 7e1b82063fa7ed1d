package session

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

var errNotNavigation = errors.New("not a navigation")

// requireNavigation refuses sign-in and sign-out by fetch, frame or prefetch. Browsers say which it is (Fetch Metadata);
// tools such as curl do not, and hold no resident's cookie.
func requireNavigation(r *http.Request) error {
	mode, dest := r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Dest")
	if mode != "" && mode != "navigate" || dest != "" && dest != "document" || r.Header.Get("Sec-Purpose") != "" {
		return fail(CodeNotNavigation, errNotNavigation)
	}
	return nil
}

// requireOwnPage refuses what another site started.
func requireOwnPage(r *http.Request) error {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return nil
	}
	return fail(CodeNotNavigation, errNotNavigation)
}

// safeReturn is path when a browser sent there stays on this site, else "/".
func safeReturn(path string) string {
	if len(path) > 2048 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.HasPrefix(path, "/auth/") {
		return "/"
	}
	if strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return "/"
	}
	if u, err := url.Parse(path); err != nil || u.Scheme != "" || u.Host != "" {
		return "/"
	}
	return path
}

// private keeps an answer out of caches and its address out of Referer.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
}
