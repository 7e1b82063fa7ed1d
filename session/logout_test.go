package session_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/session"
)

func TestLogout(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		a, b, _ := signedIn(t)
		cookie := b.cookie(a, "session")
		if end := b.do(method, a.url+"/auth/logout", nil); end.url.Path != "/" || end.status != 200 {
			t.Errorf("%s ended at %s with %d", method, end.url, end.status)
		}
		if b.cookie(a, "session") != "" || b.whoami(a).SignedIn {
			t.Errorf("%s: still signed in", method)
		}
		if _, err := a.Load(t.Context(), cookie); !errors.Is(err, session.ErrNoSession) {
			t.Errorf("%s: the cookie still opens: %v", method, err)
		}
	}
}

func TestLogoutAtProvider(t *testing.T) {
	o := startOP(t)
	o.discovery = func(c claims) { c["end_session_endpoint"] = o.url + "/logout?x=1" }
	a, b := newApp(t, o.url), newBrowser(t)
	b.get(a.SignInURL("/", ""))
	b.withoutRedirects()
	target, err := url.Parse(b.get(a.url + "/auth/logout").header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	query := target.Query()
	if target.Path != "/logout" || query.Get("x") != "1" || query.Get("client_id") != clientID ||
		query.Get("post_logout_redirect_uri") != a.url+"/" || query.Get("id_token_hint") != o.issued[2] {
		t.Errorf("went to %s", target)
	}
	if strings.Contains(a.redis.Dump(), o.issued[2]) {
		t.Error("the id token lies open in Redis")
	}
}

// TestOnlyNavigation covers what a browser says about a request (Fetch Metadata).
func TestOnlyNavigation(t *testing.T) {
	navigate := map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
	for _, c := range []struct {
		name, method, path string
		header             map[string]string
		allowed            bool
	}{
		{"link", "GET", "/auth/login", with(navigate, "Sec-Fetch-Site", "cross-site"), true},
		{"fetch", "GET", "/auth/login", map[string]string{"Sec-Fetch-Mode": "cors"}, false},
		{"image", "GET", "/auth/login", map[string]string{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, false},
		{"frame", "GET", "/auth/login", map[string]string{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, false},
		{"prefetch", "GET", "/auth/login", with(navigate, "Sec-Purpose", "prefetch"), false},
		{"fetch", "GET", "/auth/callback", map[string]string{"Sec-Fetch-Mode": "cors"}, false},
		{"own link", "GET", "/auth/logout", with(navigate, "Sec-Fetch-Site", "same-origin"), true},
		{"typed", "GET", "/auth/logout", with(navigate, "Sec-Fetch-Site", "none"), true},
		{"another site's link", "GET", "/auth/logout", with(navigate, "Sec-Fetch-Site", "cross-site"), false},
		{"a sub-domain's link", "GET", "/auth/logout", with(navigate, "Sec-Fetch-Site", "same-site"), false},
		{"own form", "POST", "/auth/logout", with(navigate, "Sec-Fetch-Site", "same-origin"), true},
		{"another site's form", "POST", "/auth/logout", with(navigate, "Sec-Fetch-Site", "cross-site"), false},
		{"fetch", "POST", "/auth/logout", map[string]string{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}, false},
		{"curl", "POST", "/auth/logout", nil, true},
	} {
		t.Run(c.method+c.path+" by "+c.name, func(t *testing.T) {
			a, b, _ := signedIn(t)
			b.withoutRedirects()
			for name, value := range c.header {
				b.header.Set(name, value)
			}
			answer := b.do(c.method, a.url+c.path, nil)
			if (answer.status == http.StatusSeeOther) != c.allowed {
				t.Errorf("answered %d", answer.status)
			}
			if !c.allowed && (answer.status != http.StatusForbidden || !strings.Contains(answer.body, string(session.CodeNotNavigation))) {
				t.Errorf("refused with %d: %s", answer.status, answer.body)
			}
			ended := c.allowed && c.path == "/auth/logout"
			if b.header = (http.Header{}); b.whoami(a).SignedIn == ended {
				t.Error("the session is not as it should be")
			}
		})
	}
}

func with(header map[string]string, name, value string) map[string]string {
	more := map[string]string{name: value}
	for n, v := range header {
		more[n] = v
	}
	return more
}
