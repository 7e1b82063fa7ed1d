package scenario

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/test/harness"
)

const policiesQuery = `{ viewer { vidPolicies { type instancesAllowed live canGenerate { allowed reason } } } }`

// policyOf answers the policy for a type in an answer.
func policyOf(t *testing.T, data map[string]any, vidType string) map[string]any {
	t.Helper()
	list, _ := harness.At(data, "viewer", "vidPolicies").([]any)
	for _, p := range list {
		if harness.At(p, "type") == vidType {
			return p.(map[string]any)
		}
	}
	t.Fatalf("no policy for %s: %v", vidType, data)
	return nil
}

// standing answers how many of a type are live, and whether one more can be generated.
func standing(t *testing.T, c *harness.Client, vidType string) []any {
	t.Helper()
	p := policyOf(t, c.Must(policiesQuery, nil), vidType)
	return []any{p["live"], harness.At(p, "canGenerate", "allowed"), harness.At(p, "canGenerate", "reason")}
}

// F15, F26: what the policy allows, how much of it is used, and the refusal of MOSIP's RES-SER-405.
func TestAResidentSeesHowManyMoreVidsTheyMayGenerate(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	// With a UIN nobody's sign-in is replaced: the one perpetual VID makes room.
	if diff := cmp.Diff([]any{1.0, true, nil}, standing(t, c, "PERPETUAL")); diff != "" {
		t.Error(diff)
	}
	before := standing(t, c, "TEMPORARY")
	allowed := int(policyOf(t, c.Must(policiesQuery, nil), "TEMPORARY")["instancesAllowed"].(float64))
	for i := int(before[0].(float64)); i < allowed; i++ {
		if got := standing(t, c, "TEMPORARY"); !cmp.Equal(got, []any{float64(i), true, nil}) {
			t.Errorf("with %d of %d: %v", i, allowed, got)
		}
		if made := generate(c, "TEMPORARY", fmt.Sprintf("policy-%04d", i)); code(made) != nil {
			t.Fatalf("allowed and refused: %v", made)
		}
	}
	if diff := cmp.Diff([]any{float64(allowed), false, "QUOTA_REACHED"}, standing(t, c, "TEMPORARY")); diff != "" {
		t.Error(diff)
	}
	refused := generate(c, "TEMPORARY", "policy-over")
	if code(refused) != "QUOTA_REACHED" || !cmp.Equal(harness.At(refused, "errors", 0, "path"), any([]any{"input", "type"})) ||
		harness.At(refused, "errors", 0, "upstreamCode") != "IDR-VID-003" {
		t.Errorf("over the policy: %v", refused)
	}
	if again := generate(c, "TEMPORARY", "policy-over"); !cmp.Equal(again, refused) {
		t.Errorf("the refusal again: %v, was %v", again, refused)
	}
	if diff := cmp.Diff([]any{true, nil}, standing(t, c, "ONE_TIME_USE")[1:]); diff != "" {
		t.Error(diff)
	}
}

// F15, F26: RES-SER-513 is for the VID of the sign-in alone, where MOSIP refuses every VID while it cannot read a list.
func TestOnlyTheVidOfTheSignInIsKeptFromBeingReplaced(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	for _, v := range r.Vids {
		c := s.SignIn(t, v.VID)
		c.HTTP.Transport = speaking{c.HTTP.Transport, "fr"}
		want := []any{1.0, true, nil}
		if v.Type == "PERPETUAL" {
			want = []any{1.0, false, "LOGIN_VID"}
		}
		if diff := cmp.Diff(want, standing(t, c, "PERPETUAL")); diff != "" {
			t.Errorf("signed in with %s: %s", v.Type, diff)
		}
		if got := standing(t, c, "TEMPORARY"); got[1] != true {
			t.Errorf("signed in with %s: another type cannot be generated: %v", v.Type, got)
		}
		if v.Type != "PERPETUAL" {
			continue
		}
		refused := generate(c, "PERPETUAL", "replace-login")
		if code(refused) != "LOGIN_VID" || refused["event"] != nil || !cmp.Equal(harness.At(refused, "errors", 0, "path"), any([]any{"input", "type"})) {
			t.Errorf("replacing the VID of the sign-in: %v", refused)
		}
		if got, want := harness.At(refused, "errors", 0, "message"), "Un nouvel identifiant virtuel de ce type remplacerait celui de cette session. "+
			"Veuillez d'abord ouvrir une session avec un autre identifiant."; got != want {
			t.Errorf("the resident is told: %v", got)
		}
	}
}

// F15: the policy is the country's and needs no VID service.
func TestThePolicyIsAnsweredWhileTheVidServiceIsDown(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	s.Faults(t, map[string]any{"vid": map[string]any{"down": true}})
	answer := c.Do(policiesQuery, nil)
	for _, vidType := range []string{"PERPETUAL", "TEMPORARY", "ONE_TIME_USE"} {
		p := policyOf(t, answer.Data, vidType)
		if diff := cmp.Diff(map[string]any{"allowed": false, "reason": "UPSTREAM_UNAVAILABLE"}, p["canGenerate"]); diff != "" || p["live"] != nil {
			t.Errorf("%s: live %v, %s", vidType, p["live"], diff)
		}
	}
	if answer.Code("viewer.vidPolicies.live") != "UPSTREAM_UNAVAILABLE" || len(answer.Errors) != 3 {
		t.Errorf("errors: %+v", answer.Errors)
	}
}

// F15, F25: the whole page is one call.
func TestTheVidPageAsksTheVidServiceOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	c.Must(`{ viewer { vids(first: 100) { nodes { id masked type status createdAt expiresAt transactionsLeft isLoginVid canRevoke { allowed reason } } }
	  vidPolicies { type validForMinutes transactionsAllowed instancesAllowed autoRestore live canGenerate { allowed reason } } } }`, nil)
	exactly(t, s, "the VID page", "/idrepository/v1/vid", map[string]int{"GET /idrepository/v1/vid/uin/{UIN}": 1})
	asked(t, s, "the VID page", map[string]int{"vid": 1, "hub": 1})
}

// exactly fails unless the endpoints below a path were asked so often.
func exactly(t *testing.T, s *harness.Server, what, path string, want map[string]int) {
	t.Helper()
	calls := s.Endpoints(t, path)
	delete(calls, "POST /hub/") // it is asked again on its own
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}
