package scenario

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/resident-graph/resident-graph/test/harness"
)

const revokeInFull = `mutation Revoke($id: ID!, $key: String!) {
  revokeVid(input: {vidId: $id, idempotencyKey: $key}) {
    event { eventId status statusDetail vid { id } } vid { id masked type status createdAt expiresAt }
    restoredVid { id masked type status createdAt expiresAt canRevoke { allowed reason } } errors { code message path upstreamCode } } }`

func revoke(c *harness.Client, id any, key string) map[string]any {
	return harness.At(c.Must(revokeInFull, map[string]any{"id": id, "key": key}), "revokeVid").(map[string]any)
}

// perpetualID answers the opaque id of the resident's perpetual VID.
func perpetualID(t *testing.T, c *harness.Client) any {
	t.Helper()
	for _, v := range harness.At(c.Must(vidsQuery, nil), "viewer", "vids", "nodes").([]any) {
		if harness.At(v, "type") == "PERPETUAL" {
			return harness.At(v, "id")
		}
	}
	t.Fatal("no perpetual VID")
	return nil
}

// F27: the policy puts a new perpetual VID in the place of the old one, and a repeat tells the same one without asking
// anybody, even when that one is gone as well.
func TestARepeatOfARevocationTellsTheSameNewVid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	old := perpetualID(t, c)
	s.ResetCalls(t)
	first := revoke(c, old, "repeat-first")
	restored := harness.At(first, "restoredVid", "id")
	if harness.At(first, "event", "status") != "SUCCESS" || harness.At(first, "vid", "status") != "REVOKED" || harness.At(first, "vid", "id") != old ||
		restored == nil || restored == old || harness.At(first, "restoredVid", "status") != "ACTIVE" || harness.At(first, "restoredVid", "createdAt") == nil {
		t.Fatalf("revoked: %v", first)
	}
	// The list before, the list after, and the event's own VID, which is no longer there.
	exactly(t, s, "the first call", "/idrepository/v1/vid", map[string]int{
		"GET /idrepository/v1/vid/uin/{UIN}": 3, "PATCH /idrepository/v1/vid/{VID}": 1})
	if got := perpetualID(t, c); got != restored {
		t.Errorf("the list holds %v, told was %v", got, restored)
	}
	s.ResetCalls(t)
	const repeat = `mutation Revoke($id: ID!, $key: String!) { revokeVid(input: {vidId: $id, idempotencyKey: $key}) {
	  vid { id masked type status createdAt expiresAt } restoredVid { id masked type status createdAt expiresAt canRevoke { allowed reason } } errors { code } } }`
	again := harness.At(c.Must(repeat, map[string]any{"id": old, "key": "repeat-first"}), "revokeVid").(map[string]any)
	exactly(t, s, "the repeat", "/idrepository/v1/vid", map[string]int{})
	if diff := cmp.Diff([]any{first["vid"], first["restoredVid"], []any{}}, []any{again["vid"], again["restoredVid"], again["errors"]}); diff != "" {
		t.Errorf("the repeat: %s", diff)
	}
	// The list moves on.
	if next := revoke(c, restored, "repeat-second"); harness.At(next, "restoredVid", "id") == restored || code(next) != nil {
		t.Fatalf("revoked: %v", next)
	}
	if diff := cmp.Diff(first, revoke(c, old, "repeat-first")); diff != "" {
		t.Errorf("the repeat after the list moved: %s", diff)
	}
}

// TestARepeatDuringTheEndOfTheFirstCallTellsTheSameNewVid holds a repeat up between its look at the key, which the first
// call had not finished, and its look at the event, which that call has ended by then.
func TestARepeatDuringTheEndOfTheFirstCallTellsTheSameNewVid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c, db := s.SignIn(t, resident(t, s).UIN), database(t, s)
	old := perpetualID(t, c)
	first := revoke(c, old, "overtaken")
	do := func(on interface {
		Exec(context.Context, string, ...any) (pgconn.CommandTag, error)
	}, statement string) {
		t.Helper()
		if _, err := on.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	do(db, `create table ended as select event_id, finished_at, result from idempotency where mutation = 'revokeVid'`)
	do(db, `update event set status = 'IN_PROGRESS', status_detail = 'NEW', check_at = now() + interval '1 hour' where request_type = 'REVOKE_VID'`)
	do(db, `update idempotency set started_at = now(), finished_at = null, result = null where mutation = 'revokeVid'`)
	end, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(end, `lock table event in access exclusive mode`)
	repeat := make(chan *harness.Answer, 1)
	go func() { repeat <- c.Do(revokeInFull, map[string]any{"id": old, "key": "overtaken"}) }()
	harness.Eventually(t, "the repeat looks at the event", func() (waits bool) {
		err := db.QueryRow(t.Context(), `select exists (select from pg_stat_activity where datname = current_database()
			and wait_event_type = 'Lock' and query like '%from event where token_id = $1 and event_id = $2')`).Scan(&waits)
		return err == nil && waits
	})
	do(end, `update event set status = 'SUCCESS', status_detail = 'VID_REVOKED' where request_type = 'REVOKE_VID'`)
	do(end, `update idempotency set finished_at = ended.finished_at, result = ended.result from ended where idempotency.event_id = ended.event_id`)
	if err := end.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, harness.At((<-repeat).Data, "revokeVid")); diff != "" {
		t.Errorf("the repeat: %s", diff)
	}
}

// F27: revoking what the policy does not replace is one call less.
func TestRevokingATemporaryVidAsksTwice(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	made := generate(c, "TEMPORARY", "cheap-generate")
	exactly(t, s, "generating", "/idrepository/v1/vid", map[string]int{"POST /idrepository/v1/vid": 1, "GET /idrepository/v1/vid/uin/{UIN}": 1})
	s.ResetCalls(t)
	gone := harness.At(c.Must(revokeMutation, map[string]any{"id": harness.At(made, "vid", "id"), "key": "cheap-revoke"}), "revokeVid").(map[string]any)
	if gone["restoredVid"] != nil || code(gone) != nil {
		t.Errorf("revoked: %v", gone)
	}
	exactly(t, s, "revoking", "/idrepository/v1/vid", map[string]int{"PATCH /idrepository/v1/vid/{VID}": 1, "GET /idrepository/v1/vid/uin/{UIN}": 1})
}

// F27: the VID is gone between the list and the call. What the resident is told then, they are told again.
func TestARepeatOfARefusalSaysTheSameSentence(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	id := harness.At(generate(c, "TEMPORARY", "sentence-make"), "vid", "id")
	for name, refusal := range map[string]struct{ text, sentence string }{
		"revoked": {"VID is REVOKED", "This virtual ID was revoked and can no longer be used. Please use another one."},
		"expired": {"VID is EXPIRED", "This virtual ID has expired. Please create a new one."},
		"used":    {"VID is USED", "This virtual ID is no longer active. Please use another one."},
	} {
		s.Faults(t, map[string]any{"vid": map[string]any{"refuse": map[string]any{"method": "PATCH", "errorCode": "IDR-VID-001", "message": refusal.text}}})
		first := revoke(c, id, "sentence-"+name)
		s.Faults(t, map[string]any{})
		want := []any{map[string]any{"code": "CONFLICT", "message": refusal.sentence, "path": []any{"input", "vidId"}, "upstreamCode": "IDR-VID-001"}}
		if diff := cmp.Diff(any(want), first["errors"]); diff != "" || harness.At(first, "event", "status") != "FAILED" {
			t.Errorf("%s: %v %s", name, first["event"], diff)
		}
		// It lives: the event that was to end it still shows it.
		if harness.At(first, "vid", "status") != "ACTIVE" || harness.At(first, "event", "vid", "id") != id {
			t.Errorf("%s: %v", name, first)
		}
		if diff := cmp.Diff(first, revoke(c, id, "sentence-"+name)); diff != "" {
			t.Errorf("%s, repeated: %s", name, diff)
		}
	}
}

// F27: RES-SER-471: the VID of the sign-in is refused by the API as it is by the button.
func TestTheVidOfTheSignInCannotBeRevoked(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	for _, v := range r.Vids {
		c := s.SignIn(t, v.VID)
		for _, node := range harness.At(c.Must(vidsQuery, nil), "viewer", "vids", "nodes").([]any) {
			if harness.At(node, "isLoginVid") != true {
				continue
			}
			s.ResetCalls(t)
			refused := revoke(c, harness.At(node, "id"), "own-"+v.VID[:4])
			want := []any{map[string]any{"code": "LOGIN_VID", "path": []any{"input", "vidId"}, "upstreamCode": nil,
				"message": "You signed in with this virtual ID. To change it, please sign in with another ID."}}
			if diff := cmp.Diff(any(want), refused["errors"]); diff != "" || refused["event"] != nil {
				t.Errorf("%s: %v %s", v.Type, refused["event"], diff)
			}
			exactly(t, s, "a refusal of the login VID", "/idrepository/v1/vid", map[string]int{})
		}
	}
}
