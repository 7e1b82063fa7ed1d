package attack

import (
	"io"
	"regexp"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// form is e-Signet's page with its transaction.
type form struct{ at, transaction string }

var transaction = regexp.MustCompile(`name="transaction" value="([^"]+)"`)

// openForm follows a sign-in to e-Signet's page.
func openForm(t *testing.T, c *harness.Client, address string) form {
	t.Helper()
	resp, err := c.HTTP.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	m := transaction.FindSubmatch(page)
	if m == nil {
		t.Fatalf("no form at the end of %s: %d %.200s", address, resp.StatusCode, page)
	}
	return form{resp.Request.URL.String(), string(m[1])}
}
