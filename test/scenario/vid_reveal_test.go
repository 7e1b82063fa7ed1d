package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/test/harness"
)

const revealMutation = `mutation Reveal($id: ID!) {
  revealVid(input: {vidId: $id}) { value hideAt errors { code message path retryAfterSeconds } } }`

func reveal(c *harness.Client, id any) map[string]any {
	return harness.At(c.Must(revealMutation, map[string]any{"id": id}), "revealVid").(map[string]any)
}

// firstVid answers the opaque id of one of the resident's VIDs.
func firstVid(c *harness.Client) any {
	return harness.At(c.Must(vidsQuery, nil), "viewer", "vids", "nodes", 0, "id")
}

// F25: a VID is masked until its resident asks to see it, for a minute, in an answer that nothing keeps.
func TestAResidentSeesTheirVidInFullForAMinute(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	c.Settled()
	numbers := map[string]bool{}
	for _, v := range r.Vids {
		numbers[v.VID] = true
	}
	nodes := harness.At(c.Must(`{ viewer { vids(first: 100) { nodes { id masked } } } }`, nil), "viewer", "vids", "nodes").([]any)
	s.ResetCalls(t)
	for _, v := range nodes {
		shown := reveal(c, harness.At(v, "id"))
		number, _ := shown["value"].(string)
		masked, _ := harness.At(v, "masked").(string)
		if !numbers[number] || len(masked) != len(number) || masked[:1] != number[:1] || !strings.HasSuffix(number, masked[len(masked)-2:]) {
			t.Errorf("%s is shown as something else", masked)
		}
		delete(numbers, number)
		hideAt, err := time.Parse(time.RFC3339, fmt.Sprint(shown["hideAt"]))
		if err != nil || !hideAt.After(time.Now().Add(-time.Minute)) || hideAt.After(time.Now().Add(2*time.Minute)) {
			t.Errorf("hidden at %v", shown["hideAt"])
		}
	}
	if len(numbers) != 0 {
		t.Errorf("%d of the resident's VIDs were not shown", len(numbers))
	}
	exactly(t, s, "reveals", "/idrepository/v1/", map[string]int{"GET /idrepository/v1/vid/uin/{UIN}": len(nodes)})
	harness.Eventually(t, "each is in the audit trail", func() bool { return revealsAudited(t, s, "GET_VIDS_SUCCESS", "(revealVid)") == len(nodes) })
}

// revealsAudited counts the records of an audit event whose description ends so.
func revealsAudited(t *testing.T, s *harness.Server, name, ending string) (n int) {
	t.Helper()
	id := map[string]string{"GET_VIDS_SUCCESS": "RES-SER-192", "GET_VIDS_EXCEPTION": "RES-SER-193"}[name]
	for _, record := range s.Audits(t) {
		if description, _ := record["description"].(string); record["eventId"] == id && strings.HasSuffix(description, ending) {
			n++
		}
	}
	return n
}

// F25: no cache on the way may keep it.
func TestAVidInFullIsStoredByNoCache(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	body, err := json.Marshal(map[string]any{"query": revealMutation, "variables": map[string]any{"id": firstVid(c)}})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.HTTP.Post(s.URL+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if got := resp.Header.Get("Cache-Control"); got != "no-store" || resp.Header.Get("ETag") != "" || !bytes.Contains(answer, []byte(`"value":"`)) {
		t.Errorf("Cache-Control %q, ETag %q", got, resp.Header.Get("ETag"))
	}
	// A GET could end in a history or a log.
	get, err := c.HTTP.Get(s.URL + "/graphql?query=" + "mutation%7BrevealVid(input%3A%7BvidId%3A%22x%22%7D)%7Bvalue%7D%7D")
	if err != nil {
		t.Fatal(err)
	}
	get.Body.Close()
	if get.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("by GET: %d", get.StatusCode)
	}
}

// F25: RES-SER-454 and RES-SER-474: what is somebody else's, what is gone and what never was are one answer.
func TestNobodySeesAnotherResidentsVid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	var other harness.Resident
	for _, one := range s.Residents(t) {
		if one.Status == "ACTIVATED" && one.UIN != r.UIN && len(one.Vids) > 0 {
			other = one
			break
		}
	}
	gone := harness.At(generate(c, "TEMPORARY", "reveal-gone"), "vid", "id")
	c.Must(revokeMutation, map[string]any{"id": gone, "key": "reveal-revoke"})
	want := map[string]any{"value": nil, "hideAt": nil, "errors": []any{map[string]any{
		"code": "NOT_FOUND", "message": "This could not be found.", "path": []any{"input", "vidId"}, "retryAfterSeconds": nil}}}
	for what, id := range map[string]any{
		"another resident's": firstVid(s.SignIn(t, other.UIN)), "revoked": gone, "made up": "Vid_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"no VID": harness.At(c.Must(`{ viewer { id } }`, nil), "viewer", "id"), "a number": r.Vids[0].VID,
	} {
		if diff := cmp.Diff(want, reveal(c, id)); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		revoked := harness.At(c.Must(revokeMutation, map[string]any{"id": id, "key": "revoke-" + what}), "revokeVid").(map[string]any)
		if code(revoked) != "NOT_FOUND" || revoked["event"] != nil || !cmp.Equal(harness.At(revoked, "errors", 0, "path"), any([]any{"input", "vidId"})) {
			t.Errorf("revoking %s: %v", what, revoked)
		}
	}
	harness.Eventually(t, "the attempt at what is gone is in the audit trail", func() bool {
		return revealsAudited(t, s, "GET_VIDS_EXCEPTION", "(revealVid NOT_FOUND)") == 1
	})
}

// F25: a script that has a session cannot collect.
func TestAVidIsNotShownWithoutEnd(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	id := firstVid(c)
	for range 10 {
		if shown := reveal(c, id); shown["value"] == nil {
			t.Fatalf("refused early: %v", shown["errors"])
		}
	}
	refused := reveal(c, id)
	if wait, _ := harness.At(refused, "errors", 0, "retryAfterSeconds").(float64); refused["value"] != nil || code(refused) != "RATE_LIMITED" || wait < 1 {
		t.Errorf("the eleventh: %v", refused["errors"])
	}
}

// F25: who sits down at an open session sees no VID.
func TestAVidIsShownAfterARecentSignInOnly(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "STEP_UP_AGE=1ns")
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	id := firstVid(c)
	s.ResetCalls(t)
	answer := c.Do(revealMutation, map[string]any{"id": id})
	if answer.Code("revealVid") != "STEP_UP_REQUIRED" || answer.Data != nil {
		t.Fatalf("shown to an old sign-in: %+v", answer.Errors)
	}
	if url, _ := answer.Errors[0].Extensions["signInUrl"].(string); !strings.HasPrefix(url, s.URL+"/auth/login?") || !strings.Contains(url, "fresh=true") {
		t.Errorf("the way to sign in anew is %q", url)
	}
	exactly(t, s, "an old sign-in", "/idrepository/v1/", map[string]int{})
}
