package idor

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

var (
	transaction = regexp.MustCompile(`name="transaction" value="([^"]+)"`)
	offered     = regexp.MustCompile(`type="checkbox" name="scope" value="([^"]+)"`)
)

// signInWithout signs a resident in with one box of e-Signet's form unticked.
func signInWithout(t *testing.T, s *harness.Server, r harness.Resident, scope string) *harness.Client {
	t.Helper()
	c := s.Visitor(t)
	resp, err := c.HTTP.Get(s.URL + "/auth/login?return=/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	values := url.Values{"consent": {"form"}, "individualId": {r.UIN}, "otp": {"111111"}}
	if m := transaction.FindSubmatch(page); m != nil {
		values.Set("transaction", string(m[1]))
	}
	left := false
	for _, m := range offered.FindAllStringSubmatch(string(page), -1) {
		if m[1] == scope {
			left = true
			continue
		}
		values.Add("scope", m[1])
	}
	if !left {
		t.Fatalf("the form does not offer %s", scope)
	}
	done, err := c.HTTP.PostForm(resp.Request.URL.String(), values)
	if err != nil {
		t.Fatal(err)
	}
	defer done.Body.Close()
	if done.StatusCode != http.StatusNoContent {
		t.Fatalf("the sign-in ended with %d", done.StatusCode)
	}
	return c
}
