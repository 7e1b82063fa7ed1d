package attack

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const crossedShare = `mutation ($id: ID!, $key: String!) { shareCredential(input: {idempotencyKey: $key, partnerId: $id, purpose: "To be called off.",
  attributes: [{name: "fullName"}], consent: {accepted: true, textVersion: "1"}}) { share { id } event { eventId status } errors { code path } } }`

func bank(c *harness.Client) any {
	return harness.At(c.Must(`{ partners(type: AUTH_PARTNER, search: "Savings") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
}

// TestAShareIsCalledOffOrHandedOverAndNeverBoth calls shares off while they are being issued, from two browsers at once.
// What the resident is told, what the ledger says and what MOSIP holds must be one thing.
func TestAShareIsCalledOffOrHandedOverAndNeverBoth(t *testing.T) {
	t.Parallel()
	x := newThief(t)
	other := x.s.SignIn(t, someone(t, x.s).UIN)
	with := bank(x.c)
	const withdraw = `mutation ($id: ID!, $key: String!) { withdrawShare(input: {idempotencyKey: $key, shareId: $id}) { share { status } errors { code } } }`
	told := map[string]int{}
	for i := range count(12, 200) {
		x.s.Settings(t, map[string]any{"credentialDelayMs": 1 + 12*(i%12), "cardDelayMs": 1})
		id := harness.At(x.c.Must(crossedShare, map[string]any{"id": with, "key": fmt.Sprint("crossed share ", i)}), "shareCredential", "share", "id")
		var answers [2]map[string]any
		var wg sync.WaitGroup
		for n, c := range []*harness.Client{x.c, other} {
			wg.Go(func() {
				time.Sleep(time.Duration(5*(i%7)) * time.Millisecond)
				answers[n], _ = harness.At(c.Do(withdraw, map[string]any{"id": id, "key": fmt.Sprint("crossed end ", i, n)}).Data, "withdrawShare").(map[string]any)
			})
		}
		wg.Wait()
		told[outcome(t, answers[0], answers[1])]++
	}
	harness.Eventually(t, "all shares have ended", func() bool {
		return x.counted("select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER' and status = 'IN_PROGRESS'") == 0
	})
	canceled := x.counted("select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER' and status = 'CANCELED'")
	handed := x.counted("select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER' and status = 'SUCCESS'")
	held := map[any]int{}
	for _, request := range x.s.Credentials(t) {
		held[request["statusCode"]]++
	}
	if canceled != told["called off"] || handed != told["too late"] || held["CANCELLED"] != canceled || canceled+handed != count(12, 200) {
		t.Errorf("told %v; %d are called off and %d handed over; MOSIP holds %v", told, canceled, handed, held)
	}
	t.Logf("told %v, MOSIP holds %v", told, held)
}

// outcome answers what two browsers were told about one share that both call off. Who comes second is told that it cannot be
// called off any more, and sees why: it is called off already.
func outcome(t *testing.T, answers ...map[string]any) string {
	t.Helper()
	off, seen := false, []any{}
	for _, a := range answers {
		status, code := harness.At(a, "share", "status"), harness.At(a, "errors", 0, "code")
		if code == nil != (status == "CANCELED") && code != "CONFLICT" || status == nil {
			t.Errorf("told %v of a share that is %v", code, status)
		}
		off = off || code == nil
		seen = append(seen, status)
	}
	if slices.Contains(seen, "CANCELED") != off {
		t.Errorf("nobody called it off and it is %v", seen)
	}
	if off {
		return "called off"
	}
	return "too late"
}

// TestASessionOutlivesItsVidWithoutALie revokes, in another browser, the VID that a session began with.
func TestASessionOutlivesItsVidWithoutALie(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	r := someone(t, s)
	at := slices.IndexFunc(r.Vids, func(v harness.SandboxVid) bool { return v.Type == "PERPETUAL" })
	if at < 0 {
		t.Fatal("no perpetual VID")
	}
	s.Settings(t, map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1})
	c, other := s.SignIn(t, r.Vids[at].VID), s.SignIn(t, r.UIN)
	const find = `{ viewer { vids(first: 100) { nodes { id type isLoginVid } } } }`
	var login any
	for _, v := range harness.At(c.Must(find, nil), "viewer", "vids", "nodes").([]any) {
		if harness.At(v, "isLoginVid") == true {
			login = harness.At(v, "id")
		}
	}
	const revoke = `mutation ($id: ID!) { revokeVid(input: {idempotencyKey: "gone elsewhere", vidId: $id}) { vid { status } errors { code } } }`
	if got := harness.At(other.Must(revoke, map[string]any{"id": login}), "revokeVid"); harness.At(got, "vid", "status") != "REVOKED" {
		t.Fatalf("revoked: %v", got)
	}
	if got := harness.At(c.Must(revoke, map[string]any{"id": login}), "revokeVid", "errors", 0, "code"); got != "LOGIN_VID" {
		t.Errorf("revoking it once more, in the session that it began: %v", got)
	}
	if got := harness.At(c.Must(`mutation ($id: ID!) { revealVid(input: {vidId: $id}) { value errors { code } } }`, map[string]any{"id": login}), "revealVid"); harness.At(got, "errors", 0, "code") != "NOT_FOUND" || harness.At(got, "value") != nil {
		t.Errorf("a VID that is gone is shown")
	}
	for _, v := range harness.At(c.Must(find, nil), "viewer", "vids", "nodes").([]any) {
		if harness.At(v, "isLoginVid") == true {
			t.Errorf("it is listed still: %v", v)
		}
	}
	got := harness.At(c.Must(crossedShare, map[string]any{"id": bank(c), "key": "with a VID that is gone"}), "shareCredential")
	harness.Eventually(t, "the share has failed, as MOSIP says", func() bool {
		status := harness.At(c.Must(`query ($event: EventID!) { viewer { event(eventId: $event) { status } } }`, map[string]any{"event": harness.At(got, "event", "eventId")}), "viewer", "event", "status")
		sent := s.Credentials(t)
		return status == "FAILED" && len(sent) == 1 && sent[0]["statusCode"] == "FAILED"
	})
}
