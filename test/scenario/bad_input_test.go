package scenario

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestASignInThatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	for name, attempt := range map[string][2]string{
		"wrong OTP": {r.UIN, "999999"}, "unknown UIN": {"5555555555", "111111"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.Visitor(t)
			page, _ := c.Login(attempt[0], attempt[1])
			if !strings.Contains(page, `role="alert"`) {
				t.Errorf("no error is shown")
			}
			if viewer := harness.At(c.Must(`{ viewer { id } }`, nil), "viewer"); viewer != nil {
				t.Errorf("signed in all the same")
			}
		})
	}
}

// ID Repository tells of its own trouble in the same form as of a resident whom it does not know.
func TestASignInWhileTheIdentityCannotBeReadIsNotCalledUnknown(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	for trouble, told := range map[string]string{
		"IDR-IDS-003": "LOGIN_IDENTITY_UNAVAILABLE", "IDR-VID-005": "LOGIN_IDENTITY_UNAVAILABLE", "IDR-IDC-007": "LOGIN_INDIVIDUAL_UNKNOWN",
	} {
		s.Faults(t, map[string]any{"identity": map[string]any{"refuse": map[string]any{"errorCode": trouble, "message": "No."}}})
		if page, _ := s.Visitor(t).Login(r.UIN, "111111"); !strings.Contains(page, told) {
			t.Errorf("%s is not told as %s", trouble, told)
		}
	}
}

func TestASessionThatIsOverSaysSo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(`{"query":"{ viewer { id } session { state } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for _, cookie := range c.HTTP.Jar.Cookies(req.URL) {
		req.AddCookie(cookie)
	}
	out, err := c.HTTP.Get(s.URL + "/auth/logout")
	if err != nil {
		t.Fatal(err)
	}
	out.Body.Close()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	for _, want := range []string{`"viewer":null`, `"UNAUTHENTICATED"`, `"state":"ENDED"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestBadInputIsRefusedWithACode(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	s.ResetCalls(t)
	for name, test := range map[string]struct {
		query     string
		variables map[string]any
		code      string
	}{
		"unknown VID type":      {generateMutation, map[string]any{"type": "FOREVER", "key": "bad-0001"}, "INVALID"},
		"short key":             {generateMutation, map[string]any{"type": "TEMPORARY", "key": "short"}, "INVALID"},
		"no lock changes":       {lockMutation, map[string]any{"key": "bad-0002", "changes": []any{}}, "INVALID"},
		"unknown way":           {lockMutation, map[string]any{"key": "bad-0003", "changes": []any{map[string]any{"type": "NOSE", "locked": true}}}, "INVALID"},
		"a way twice":           {lockMutation, map[string]any{"key": "bad-0004", "changes": []any{map[string]any{"type": "DEMO", "locked": true}, map[string]any{"type": "DEMO", "locked": false}}}, "INVALID"},
		"a lock with an end":    {lockMutation, map[string]any{"key": "bad-0005", "changes": []any{map[string]any{"type": "DEMO", "locked": true, "unlockForSeconds": 5}}}, "INVALID"},
		"an unlock of nothing":  {lockMutation, map[string]any{"key": "bad-0006", "changes": []any{map[string]any{"type": "DEMO", "locked": false, "unlockForSeconds": 0}}}, "INVALID"},
		"an id of nothing":      {revokeMutation, map[string]any{"id": "Vid_nonsense", "key": "bad-0007"}, "NOT_FOUND"},
		"an unknown field":      {`{ viewer { uin } }`, nil, "INVALID"},
		"no GraphQL":            {`{ viewer {`, nil, "INVALID"},
		"a cursor of nothing":   {`{ viewer { vids(after: "nonsense") { nodes { id } } } }`, nil, "INVALID"},
		"too long a page":       {`{ viewer { serviceHistory(first: 101) { nodes { id } } } }`, nil, "INVALID"},
		"an event of nobody":    {`{ viewer { event(eventId: "1234567890123456") { id } } }`, nil, "NOT_FOUND"},
		"a node of nobody":      {`{ node(id: "Event_nonsense") { id } }`, nil, "NOT_FOUND"},
		"a number for an id":    {`{ node(id: 5) { id } }`, nil, "NOT_FOUND"},
		"a number for a VID":    {revokeMutation, map[string]any{"id": 5.5, "key": "bad-0008"}, "NOT_FOUND"},
		"an object for an EID":  {`query ($e: EventID!) { viewer { event(eventId: $e) { id } } }`, map[string]any{"e": map[string]any{"a": 1}}, "INVALID"},
		"a list for a cursor":   {`{ viewer { vids(after: ["a"]) { nodes { id } } } }`, nil, "INVALID"},
		"a list for a language": {exportMutation, map[string]any{"lang": []any{"eng", "fra"}}, "INVALID"},
		"nested far too deeply": {`{ viewer { ` + strings.Repeat("serviceHistory { nodes { partner { ", 6) + "id" + strings.Repeat("} } }", 6) + ` } }`, nil, "TOO_COSTLY"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := c.Do(test.query, test.variables)
			got := ""
			if len(answer.Errors) > 0 {
				got, _ = answer.Errors[0].Extensions["code"].(string)
				if id, _ := answer.Errors[0].Extensions["traceId"].(string); id == "" {
					t.Error("the error has no trace id")
				}
			} else {
				for _, payload := range answer.Data {
					got, _ = harness.At(payload, "errors", 0, "code").(string)
					if message, _ := harness.At(payload, "errors", 0, "message").(string); message == "" {
						t.Error("the refusal has no sentence")
					}
				}
			}
			if got != test.code {
				t.Errorf("code %q, want %s: %+v", got, test.code, answer)
			}
		})
	}
	for service, n := range s.Calls(t) {
		if service != "vid" && service != "hub" && service != "audit" && n > 0 { // revoking asks for the VIDs first
			t.Errorf("%s was asked %d times", service, n)
		}
	}
}

func TestABadBodyIsNotEchoed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	for name, test := range map[string]struct {
		body   string
		status int
	}{
		"malformed": {`{"query": "{ viewer { id } }", "secret-5134067298`, http.StatusBadRequest},
		"oversized": {`{"query": "{ viewer { id } } # ` + strings.Repeat("secret-5134067298 ", 20_000) + `"}`, http.StatusRequestEntityTooLarge},
		"a batch":   {`[{"query": "{ viewer { id } } # secret-5134067298"}]`, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := http.Post(s.URL+"/graphql", "application/json", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != test.status && resp.StatusCode != http.StatusOK {
				t.Errorf("status %d, want %d", resp.StatusCode, test.status)
			}
			if !strings.Contains(string(body), `"INVALID"`) {
				t.Errorf("no code: %s", body)
			}
			if strings.Contains(string(body), "5134067298") {
				t.Errorf("the body is echoed: %s", body)
			}
		})
	}
	if strings.Contains(s.Log(), "5134067298") {
		t.Error("the body is in the log")
	}
}
