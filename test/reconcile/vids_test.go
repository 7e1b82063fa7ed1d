package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestUnknownOutcomesOfVidsAreFoundOut has events forget what became of them: one whose VID was made, one whose VID was
// not, one whose revocation never arrived, and one whose revocation did.
func TestUnknownOutcomesOfVidsAreFoundOut(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[2].UIN)
	generate := func(key string) string {
		return eventOf(c.Must(generateMutation, map[string]any{"type": "TEMPORARY", "key": key}), "generateVid")
	}
	vids := func() int {
		return len(harness.At(c.Must(`{ viewer { vids(first: 100) { nodes { id } } } }`, nil), "viewer", "vids", "nodes").([]any))
	}
	made, kept := generate("unknown-vid-1"), generate("unknown-vid-2")
	hash := text(t, db, `select ref_hash from event where event_id = $1`, made)
	before := vids()

	forgotten := func(event, request, ref string) string {
		id := fmt.Sprintf("40000000000000%02d", number(t, db, `select count(*) from event`))
		run(t, db, `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, attributes, individual_id, ref_hash)
			select token_id, $2, $3, 'IN_PROGRESS', 'UNKNOWN', now() - interval '2 minutes', now(), attributes, individual_id, nullif($4, '')
			from event where event_id = $1`, event, id, request, ref)
		run(t, db, `insert into idempotency (token_id, mutation, key, input_hash, event_id, started_at)
			select token_id, $3, $2, 'x', $2, now() - interval '2 minutes' from event where event_id = $1`, event, id, request)
		return id
	}
	run(t, db, `update event set status = 'IN_PROGRESS', status_detail = 'UNKNOWN', ref_hash = null, check_at = now() where event_id = $1`, made)
	run(t, db, `update idempotency set finished_at = null where event_id = $1`, made)
	unmade := forgotten(kept, "GENERATE_VID", "")
	unrevoked := forgotten(kept, "REVOKE_VID", text(t, db, `select ref_hash from event where event_id = $1`, kept))
	revoked := forgotten(kept, "REVOKE_VID", "0000000000000000000000000000000000000000000000000000000000000000")

	harness.Within(t, 60*time.Second, "all are settled", func() bool {
		return number(t, db, `select count(*) from event where status = 'IN_PROGRESS'`) == 0
	})
	for event, want := range map[string]string{made: "VID_GENERATED", unmade: "FAILED", unrevoked: "VID_REVOKED", revoked: "VID_REVOKED"} {
		if got := text(t, db, `select status_detail from event where event_id = $1`, event); got != want {
			t.Errorf("%s is %s, want %s", event, got, want)
		}
	}
	if got := text(t, db, `select ref_hash from event where event_id = $1`, made); got != hash {
		t.Error("the event is about another VID than it made")
	}
	if n := vids(); n != before-1 {
		t.Errorf("%d VIDs, want %d: one was to be revoked", n, before-1)
	}
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
}
