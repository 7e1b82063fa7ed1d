package scenario

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/test/harness"
)

func TestHostileOperationsAskNoUpstream(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	many := func(n int, format string) (all string) {
		for i := range n {
			all += fmt.Sprintf(format, i)
		}
		return all
	}
	changes := make([]any, 5000)
	for i := range changes {
		changes[i] = map[string]any{}
	}
	for name, test := range map[string]struct {
		query     string
		variables map[string]any
	}{
		"deep":             {"{viewer{profile{fullName{lang}} " + strings.Repeat("...{", 300) + "nope" + strings.Repeat("}", 300) + "}}", nil},
		"10,000 fields":    {"{viewer{profile{" + strings.Repeat("lastLogin ", 1500) + "}}}", nil},
		"1,000 aliases":    {"{viewer{" + many(900, "a%d:profile{lastLogin}") + "}}", nil},
		"1,000 directives": {"{viewer{profile" + strings.Repeat("@include(if:true)", 900) + "{lastLogin}}}", nil},
		"a fragment bomb": {"{viewer{profile{lastLogin}...F0}}" + func() (all string) {
			for i := range 30 {
				all += fmt.Sprintf("fragment F%d on Resident{...F%d ...F%d}", i, i+1, i+1)
			}
			return all
		}() + "fragment F30 on Resident{unreadCount}", nil},
		"a huge page":       {"{viewer{profile{lastLogin} vids(first:2000000000){nodes{id}}}}", nil},
		"a page below none": {"{viewer{profile{lastLogin} vids(first:-1){nodes{id}}}}", nil},
		"a huge variable":   {lockMutation, map[string]any{"key": "hostile-1", "changes": changes}},
		"many mutations":    {"mutation{" + many(3, `a%d:generateVid(input:{idempotencyKey:"hostile-2",type:TEMPORARY}){vid{id}}`) + "}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			answer := c.Do(test.query, test.variables)
			if answer.Data != nil || len(answer.Errors) == 0 {
				t.Fatalf("it is executed: %+v", answer.Errors)
			}
			if code, _ := answer.Errors[0].Extensions["code"].(string); code != "TOO_COSTLY" && code != "INVALID" {
				t.Errorf("code %q", code)
			}
		})
	}
	if resp, err := c.HTTP.Post(s.URL+"/graphql", "application/json", strings.NewReader("["+strings.Repeat(`{"query":"{viewer{profile{lastLogin}}}"},`, 99)+`{"query":"{viewer{profile{lastLogin}}}"}]`)); err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("100 operations in an array: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}
	asked(t, s, "hostile", nil)
}

// The price is in upstream calls, so no query may make more than it costs.
func TestTheDearestQueriesMakeAtMost25Calls(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	c := s.SignIn(t, resident(t, s).UIN)
	everything := `profile{fullName{value} photo{url}} vids(first:100){nodes{id canRevoke{allowed} transactionsLeft}} authLocks{type locked}
		vidPolicies{type live canGenerate{allowed}} serviceHistory(first:100){nodes{id summary description partner{id name logoUrl} authLocks{type label} vid{id}}} unreadCount changeCursor`
	partner := func(n int) (all string) {
		for i, kind := range []string{"AUTH_PARTNER", "PRINT_PARTNER", "CREDENTIAL_PARTNER", "ONLINE_VERIFICATION_PARTNER", "DEVICE_PROVIDER", "FTM_PROVIDER", "OTHER"}[:n] {
			all += fmt.Sprintf("p%d:partners(type:%s,first:100){nodes{id name}} ", i, kind)
		}
		return all
	}
	for name, query := range map[string]string{
		"all of a resident, three times": "{a:viewer{" + everything + "} b:viewer{" + everything + "} c:viewer{" + everything + "}}",
		"and every kind of partner":      "{a:viewer{" + everything + "} b:viewer{" + everything + "}" + partner(7) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			s.ResetCalls(t)
			body, err := json.Marshal(map[string]any{"query": query})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := c.HTTP.Post(s.URL+"/graphql", "application/json", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var answer struct {
				Data       map[string]any
				Errors     []any
				Extensions struct {
					Cost struct{ Requested, Limit int }
				}
			}
			if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || len(answer.Errors) > 0 {
				t.Fatalf("%v: %v", err, answer.Errors)
			}
			cost, total := answer.Extensions.Cost, 0
			for _, n := range s.Calls(t) {
				total += n
			}
			t.Logf("costs %d of %d, makes %d calls", cost.Requested, cost.Limit, total)
			if cost.Requested < 16 || cost.Limit > 25 || total > cost.Requested {
				t.Errorf("costs %d of %d and makes %d calls: %v", cost.Requested, cost.Limit, total, s.Calls(t))
			}
		})
	}
}

func TestFrontEndsNameTrustedDocuments(t *testing.T) {
	t.Parallel()
	const query = "query Name { viewer { unreadCount } }"
	dir, id := t.TempDir(), documents.ID("query Name { viewer { unreadCount } }")
	manifest, err := json.Marshal(map[string]any{"client": "portal", "version": "1.0.0", "documents": map[string]string{id: query}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "portal.json"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	s := harness.Start(t, "TRUSTED_DOCUMENTS_DIR="+dir)
	c := s.SignIn(t, resident(t, s).UIN)
	for body, want := range map[string]string{
		`{"documentId":"` + id + `"}`:                                       `"unreadCount":0`,
		`{"documentId":"` + documents.ID("{viewer{id}}") + `"}`:             `"DOCUMENT_NOT_TRUSTED"`,
		`{"documentId":"` + id + `","query":"{ viewer { changeCursor } }"}`: `"INVALID"`,
	} {
		resp, err := c.HTTP.Post(s.URL+"/graphql", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var answer json.RawMessage
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(answer), want) {
			t.Errorf("%s answers %s, want %s (%v)", body, answer, want, err)
		}
	}
}

// A provider announces all the logouts of a country from one address.
func TestLogoutsThatTheProviderAnnouncesAreNotCounted(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_SOURCE=3")
	status := func(ask func() (*http.Response, error)) int {
		resp, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for range 10 {
		if got := status(func() (*http.Response, error) {
			return http.PostForm(s.URL+"/auth/backchannel-logout", url.Values{"logout_token": {"none"}})
		}); got != http.StatusBadRequest {
			t.Fatalf("a logout token is answered by %d", got)
		}
	}
	counted := 0
	for range 10 {
		if status(func() (*http.Response, error) { return http.Get(s.URL + "/auth/callback") }) == http.StatusTooManyRequests {
			counted++
		}
	}
	if counted == 0 {
		t.Error("sign-ins are not counted")
	}
}
