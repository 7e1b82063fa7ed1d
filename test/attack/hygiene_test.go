package attack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/resident-graph/resident-graph/test/harness"
)

// screens are what is asked while MOSIP is ill.
var screens = map[string]string{
	"home": `query Home { viewer { id profile { fullName { value } email { masked } phone { masked } lastLogin } vids { nodes { id masked transactionsLeft } }
	  vidPolicies { type } authLocks { type locked } serviceHistory { nodes { id summary description partner { name } } } unreadCount changeCursor } }`,
	"partners": `query Partners { partners(type: AUTH_PARTNER) { nodes { id name } } }`,
	"generate": `mutation Generate($key: String!) { generateVid(input: {idempotencyKey: $key, type: TEMPORARY}) {
	  event { eventId summary description statusDetail } vid { id } errors { code message path upstreamCode } } }`,
	"lock": `mutation Lock($key: String!) { setAuthLocks(input: {idempotencyKey: $key, changes: [{type: DEMO, locked: true}]}) {
	  event { eventId summary description statusDetail } authLocks { type } errors { code message path upstreamCode } } }`,
	"revoke": `mutation Revoke($key: String!, $id: ID!) { revokeVid(input: {idempotencyKey: $key, vidId: $id}) {
	  event { eventId summary description statusDetail } errors { code message path upstreamCode } } }`,
	"ids": `query Ids { viewer { vids { nodes { id } } } }`,
}

// revealing matches what no answer may hold: traces of stacks, of a database, of machines and of the parts this is made of.
var revealing = regexp.MustCompile(`(?i)goroutine \d|\.go:\d|runtime error|panic|java\.|io\.mosip|exception|stack ?trace|sqlstate|pgx|postgres|select .* from|insert into|relation "|` +
	`redis|miniredis|localhost|127\.0\.0\.1|::1|dial tcp|connection refused|context deadline|context cancel|EOF|invalid character|unexpected end|unmarshal|gqlgen|x509|http://|<html|\.svc\.cluster|keycloak|idrepository`)

// ill are answers of an upstream with all in them that must not be passed on: $SECRET is a resident's own value.
func ill(secrets []string) map[string]http.HandlerFunc {
	inside := strings.Join(secrets, " ") + " " + canary
	trace := "java.lang.NullPointerException: " + inside + "\n\tat io.mosip.idrepository.Service.get(Service.java:42) db-7.mosip.svc.cluster.local SELECT uin FROM idrepo.uin WHERE uin='" + inside + "'"
	answer := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.Header().Set("X-Secret", canary)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	envelope := func(code string) string {
		raw, _ := json.Marshal(map[string]any{"id": inside, "version": "1.0", "responsetime": "2026-01-01T00:00:00.000Z", "response": nil,
			"errors": []any{map[string]string{"errorCode": code, "message": trace}}})
		return string(raw)
	}
	all := map[string]http.HandlerFunc{
		"a page of a proxy":      answer(502, "text/html", "<html><h1>Bad gateway</h1>"+trace+"</html>"),
		"a page with 200":        answer(200, "text/html", "<html>"+trace+"</html>"),
		"a trace":                answer(500, "text/plain", trace),
		"Spring's error":         answer(500, "application/json", `{"timestamp":"2026","status":500,"error":"Internal Server Error","trace":"`+canary+`","path":"/`+canary+`"}`),
		"JSON cut off":           answer(200, "application/json", `{"id":"`+inside+`","response":{"identity":{"fullName":[`),
		"JSON of another shape":  answer(200, "application/json", `{"response":"`+inside+`","errors":"`+inside+`"}`),
		"a list":                 answer(200, "application/json", `["`+inside+`"]`),
		"numbers for texts":      answer(200, "application/json", `{"response":{"identity":{"fullName":12,"email":{"x":"`+canary+`"}},"status":7,"vid":[]},"errors":null}`),
		"nothing":                answer(200, "application/json", ""),
		"null":                   answer(200, "application/json", "null"),
		"an envelope of nothing": answer(200, "application/json", `{"response":null,"errors":null}`),
		"deep JSON":              answer(200, "application/json", `{"response":`+around(20_000, `{"a":`, "1", "}")+`}`),
		"a redirect to elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+canary+".example/", http.StatusFound)
		},
		"a connection cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a long header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", strings.Repeat(canary, 20_000))
			w.WriteHeader(http.StatusOK)
		},
	}
	for _, status := range []int{400, 401, 403, 404, 409, 412, 429, 500, 503, 504} {
		all[fmt.Sprintf("an envelope with %d", status)] = answer(status, "application/json", envelope("IDR-IDC-004"))
	}
	for _, code := range []string{"IDR-IDC-002", "IDR-IDC-007", "IDR-VID-001", "IDR-VID-006", "KER-ATH-401", "KER-KMS-012", "PMS_PRT_005", "XXX-" + canary, trace, ""} {
		all["an envelope with the code "+code[:min(len(code), 11)]] = answer(200, "application/json", envelope(code))
	}
	return all
}

// TestErrorsTellNothingOfWhatIsBehind has MOSIP answer with all that must not be passed on, and reads every answer, and the
// log for what identifies a resident.
func TestErrorsTellNothingOfWhatIsBehind(t *testing.T) {
	t.Parallel()
	s, through := production(t, "TRUSTED_DOCUMENTS_DIR="+trust(t, screens), "UPSTREAM_TIMEOUT=1500ms", "COST_RESIDENT=100")
	r := someone(t, s)
	c := s.SignIn(t, r.UIN)
	secrets := []string{r.UIN, r.Email, r.Phone, r.Vids[0].VID, r.Names["eng"]}
	var ids struct {
		Data struct {
			Viewer struct {
				Vids struct{ Nodes []struct{ ID string } }
			}
		}
	}
	if err := json.Unmarshal([]byte(post(t, s, c, named(t, screens["ids"], nil)).body), &ids); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for name, handler := range ill(secrets) {
		through.answer(handler)
		var bodies [][]byte
		for round := range count(6, 40) {
			for screen, document := range screens {
				bodies = append(bodies, named(t, document, map[string]any{"key": fmt.Sprintf("ill-%s-%s-%d", name[:min(20, len(name))], screen, round),
					"id": ids.Data.Viewer.Vids.Nodes[0].ID}))
			}
		}
		failed += wantAllClean(t, s, c, name, bodies, secrets)
	}
	through.answer(nil)
	if failed < count(1_000, 5_000) {
		t.Errorf("only %d errors were forced: the answers do not reach the server", failed)
	}
	for _, secret := range append(secrets, canary) {
		if strings.Contains(s.Log(), secret) {
			t.Errorf("the log holds what MOSIP answered: %.300s", s.Log()[max(0, strings.Index(s.Log(), secret)-200):])
		}
	}
	t.Logf("%d errors", failed)
}

// wantAllClean sends bodies, a dozen at a time, reads all answers as wantClean does and answers how many errors they hold.
func wantAllClean(t testing.TB, s *harness.Server, c *harness.Client, name string, bodies [][]byte, secrets []string) int {
	t.Helper()
	var failed atomic.Int64
	var all errgroup.Group
	all.SetLimit(12)
	for _, body := range bodies {
		all.Go(func() error {
			r, err := send(t.Context(), c.HTTP, http.MethodPost, s.URL+"/graphql", http.Header{"Content-Type": {"application/json"}}, body)
			if err == nil {
				failed.Add(int64(wantClean(t, name, r, secrets)))
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return int(failed.Load())
}

// wantClean reads an answer for what it must not hold and answers how many errors it holds.
func wantClean(t testing.TB, name string, r reply, secrets []string) int {
	t.Helper()
	var answer struct {
		Data   map[string]any
		Errors []struct {
			Message    string
			Extensions map[string]any
		}
	}
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil {
		t.Errorf("%s: no JSON with status %d: %.200s", name, r.status, r.body)
		return 0
	}
	for _, secret := range append(slices.Clone(secrets), canary) {
		if strings.Contains(r.body, secret) {
			t.Errorf("%s: an answer holds what MOSIP sent: %.400s", name, r.body)
		}
	}
	n := 0
	check := func(text string) {
		n++
		if m := revealing.FindString(text); m != "" {
			t.Errorf("%s: an error tells %q: %.300s", name, m, text)
		}
	}
	for _, e := range answer.Errors {
		check(fmt.Sprint(e.Message, " ", e.Extensions))
		if e.Extensions["code"] == "INTERNAL" || e.Extensions["code"] == nil {
			t.Errorf("%s: the code is %v: %.600s", name, e.Extensions["code"], r.body)
		}
	}
	for _, payload := range answer.Data {
		list, _ := harness.At(payload, "errors").([]any)
		for _, e := range list {
			check(fmt.Sprint(e))
		}
	}
	return n
}

// TestErrorsOfEveryFaultTellNothing turns the sandbox's own knobs, one service after the other.
func TestErrorsOfEveryFaultTellNothing(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "UPSTREAM_TIMEOUT=1500ms", "RATE_RESIDENT=0", "RATE_SOURCE=0", "COST_RESIDENT=100")
	r := someone(t, s)
	c := s.SignIn(t, r.UIN)
	secrets := []string{r.UIN, r.Email, r.Phone, r.Vids[0].VID}
	failed := 0
	for _, service := range []string{"identity", "vid", "partner", "masterdata", "configserver", "keymanager", "keycloak", "hub", "audit", "esignet", "*"} {
		for name, fault := range map[string]map[string]any{
			"garbage": {"garbage": true}, "down": {"down": true}, "hang": {"hang": true}, "500": {"status": 500}, "404": {"status": 404}, "401": {"status": 401},
			"429": {"status": 429}, "slow and broken": {"latencyMs": 50, "errorRate": 0.5},
		} {
			s.Faults(t, map[string]any{service: fault})
			var bodies [][]byte
			for i := range count(3, 100) {
				for _, screen := range []string{"home", "partners", "generate"} {
					bodies = append(bodies, operation(t, screens[screen], map[string]any{"key": fmt.Sprintf("fault-%s-%s-%d", service, name, i)}))
				}
			}
			failed += wantAllClean(t, s, c, service+" "+name, bodies, secrets)
		}
	}
	s.Faults(t, map[string]any{})
	if failed < count(100, 5_000) {
		t.Errorf("only %d errors were forced", failed)
	}
	t.Logf("%d errors", failed)
}
