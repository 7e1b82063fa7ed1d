package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestPages(t *testing.T) {
	c := start(t, sandbox.Options{PublicURL: "http://localhost:9999/"})
	sms(c, "9123004567", "<b>bold</b>")
	audit(c, nil)
	asBrowser := func(r *http.Request) { r.Header.Set("Accept", "text/html") }
	for path, want := range map[string][]string{
		"/sandbox/":        {c.people()[0].UIN, "111111", `href="http://localhost:9999"`},
		"/sandbox/mailbox": {"9123004567", "&lt;b&gt;bold"},
		"/sandbox/audits":  {"RES-SER-117"},
	} {
		a := c.send(http.MethodGet, path, nil, asBrowser)
		for _, text := range want {
			if a.status != http.StatusOK || !strings.Contains(a.body, text) || !strings.Contains(a.body, "</html>") {
				t.Errorf("%s lacks %q: %d", path, text, a.status)
			}
		}
	}
	elsewhere := func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.example") }
	if a := c.send(http.MethodPost, "/sandbox/publish", map[string]any{}, elsewhere); a.status != http.StatusForbidden {
		t.Errorf("another site's page got %d", a.status)
	}
}
