package session_test

import (
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/session"
)

// TestKeySetAway is no reason to distrust a token.
func TestKeySetAway(t *testing.T) {
	for name, answer := range map[string]func(w http.ResponseWriter) bool{
		"fails":             func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusBadGateway); return true },
		"hangs up":          func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) },
		"is a page":         func(w http.ResponseWriter) bool { _, _ = w.Write([]byte("<p>later")); return true },
		"is something else": func(w http.ResponseWriter) bool { writeJSON(w, 200, claims{"status": "up"}); return true },
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			o.jwks = answer
			a, b := newApp(t, o.url), newBrowser(t)
			refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeProviderUnavailable, 503)
			o.mu.Lock()
			o.jwks = nil
			o.mu.Unlock()
			if b.get(a.SignInURL("/", "")); !b.whoami(a).SignedIn {
				t.Error("it does not recover")
			}
		})
	}
}

func TestUserInfoKeySetAway(t *testing.T) {
	o, elsewhere := startOP(t), startOP(t)
	elsewhere.keys[0].KeyID, elsewhere.down = "ida-1", true
	o.signInfo = func(c claims) (string, string) { return "application/jwt", elsewhere.sign(c) }
	a, b := newApp(t, o.url, func(c *session.Config) { c.UserInfoJWKSURLs = []string{elsewhere.url + "/jwks"} }), newBrowser(t)
	refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeProviderUnavailable, 503)
}
