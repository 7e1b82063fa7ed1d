// Package attack does what an attacker does: hostile documents, forged origins, injected text, broken bytes. Each attack
// must be refused with a code of the closed list, before any upstream is asked, and without an echo of what was sent.
//
// The short form runs by default. ATTACK=long runs the counts of a nightly run.
//
// Not here: brute force of one-time passwords, since the only form that takes one is e-Signet's own, outside this server.
package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// long says that the counts of a nightly run are wanted.
var long = os.Getenv("ATTACK") == "long"

// count answers how often to try, in the short and in the long form.
func count(short, nightly int) int {
	if long {
		return nightly
	}
	return short
}

// canary stands in everything that an attack sends and must not come back.
const canary = "zq7canary"

// someone answers a resident of the sandbox whose data are all there.
func someone(t testing.TB, s *harness.Server) harness.Resident {
	t.Helper()
	for _, r := range s.Residents(t) {
		if r.Status == "ACTIVATED" && r.Email != "" && r.Phone != "" && len(r.Vids) > 1 {
			return r
		}
	}
	t.Fatal("the sandbox has no resident with everything")
	return harness.Resident{}
}

// reply is what came for a raw request.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a request as it is given and answers what came; redirects are not followed.
func send(ctx context.Context, c *http.Client, method, address string, header http.Header, body []byte) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	own := *c
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := own.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(raw)}, err
}

// post sends a body to the endpoint as JSON.
func post(t testing.TB, s *harness.Server, c *harness.Client, body []byte) reply {
	t.Helper()
	r, err := send(t.Context(), c.HTTP, http.MethodPost, s.URL+"/graphql", http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// operation writes the body of a request.
func operation(t testing.TB, document string, variables any) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// codes answers the codes of a GraphQL answer, of its errors and of its payloads; nil when it is no such answer.
func (r reply) codes() []string {
	var answer struct {
		Data   map[string]any `json:"data"`
		Errors []struct {
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
	}
	if json.Unmarshal([]byte(r.body), &answer) != nil {
		return nil
	}
	var found []string
	for _, e := range answer.Errors {
		found = append(found, e.Extensions.Code)
	}
	for _, payload := range answer.Data {
		list, _ := harness.At(payload, "errors").([]any)
		for _, e := range list {
			code, _ := harness.At(e, "code").(string)
			found = append(found, code)
		}
	}
	return found
}

// wantRefused fails unless a reply refuses with one of the codes, without data and without an echo.
func wantRefused(t testing.TB, name string, r reply, allowed ...string) {
	t.Helper()
	switch found := r.codes(); {
	case len(found) == 0 || slices.ContainsFunc(found, func(code string) bool { return !slices.Contains(allowed, code) }):
		t.Errorf("%s: codes %v with status %d, want %v: %.300s", name, found, r.status, allowed, r.body)
	case r.status >= 500:
		t.Errorf("%s: status %d", name, r.status)
	}
	if strings.Contains(r.body, canary) {
		t.Errorf("%s: what was sent is echoed: %.300s", name, r.body)
	}
}

// quietServices are those that the server asks by itself, whatever its callers do.
var quietServices = []string{"hub", "keycloak"}

// wantUnasked fails when a service was asked since the calls were last reset.
func wantUnasked(t testing.TB, s *harness.Server, what string) {
	t.Helper()
	for service, n := range s.Calls(t) {
		if n > 0 && !slices.Contains(quietServices, service) {
			t.Errorf("%s: %s was asked %d times", what, service, n)
		}
	}
}

// wantUnlogged fails when the log holds what an attack sent.
func wantUnlogged(t testing.TB, s *harness.Server) {
	t.Helper()
	if i := strings.Index(s.Log(), canary); i >= 0 {
		t.Errorf("what was sent is in the log: %.300s", s.Log()[max(0, i-150):])
	}
}
