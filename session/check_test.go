package session_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/session"
)

var styleSheet = regexp.MustCompile(`(?s)<style>(.*)</style>`)

// refused checks that a login ended on an error page with code, and that nobody is signed in.
func refused(t *testing.T, a *app, b *browser, end page, code session.Code, status int) {
	t.Helper()
	if end.status != status || !strings.Contains(end.body, "<code>"+string(code)+"</code>") {
		t.Errorf("ended with %d, want %d %s: %s\n%s", end.status, status, code, end.body, a.log)
	}
	if b.cookie(a, "session") != "" || b.whoami(a).SignedIn {
		t.Error("signed in all the same")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(a.failures, code) {
		t.Errorf("OnLoginFailed heard of %q", a.failures)
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
	} {
		if got := end.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	style := styleSheet.FindStringSubmatch(end.body)
	if style == nil {
		t.Fatal("the page has no style")
	}
	sum := sha256.Sum256([]byte(style[1]))
	if policy := end.header.Get("Content-Security-Policy"); !strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) {
		t.Errorf("the policy %q does not allow the page's own style", policy)
	}
}
