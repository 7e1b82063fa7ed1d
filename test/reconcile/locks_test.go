package reconcile

import (
	"context"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestALockWithoutAcknowledgementIsConfirmedByIDRepository(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "CONFIRM_LOCKS_AFTER=6s")
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[0].UIN)
	c.Settled()
	s.Settings(t, map[string]any{"dropMessages": true})
	changes := []any{lock("DEMO", true), map[string]any{"type": "BIO_IRIS", "locked": false, "unlockForSeconds": 2}}
	began := time.Now()
	asked := c.Must(locksMutation, map[string]any{"changes": changes, "key": "lost-ack-1"})
	event := eventOf(asked, "setAuthLocks")
	status := func() string { return text(t, db, `select status from event where event_id = $1`, event) }
	if got := harness.At(asked, "setAuthLocks", "event", "status"); got != "IN_PROGRESS" {
		t.Fatalf("asked for and %v", got)
	}
	harness.Within(t, time.Minute, "the lock is confirmed", func() bool { return status() != "IN_PROGRESS" })
	if time.Since(began) < 6*time.Second {
		t.Errorf("confirmed after %s, before it may be", time.Since(began))
	}
	if got := text(t, db, `select status || ' ' || source from event_change where event_id = $1 order by seq desc limit 1`, event); got != "SUCCESS ID_REPOSITORY" {
		t.Errorf("the last change is %s", got)
	}
	if n := number(t, db, `select count(*) from auth_lock where event_id = $1 and confirmed_at is not null`, event); n != 2 {
		t.Errorf("%d of 2 locks are confirmed", n)
	}
}

func TestALockThatNeverArrivedFails(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "OUTCOME_GRACE=10s", "UPSTREAM_TIMEOUT=4s")
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[1].UIN)
	c.Settled()
	// The call is lost on its way: the caller is told that the outcome is unknown, and the reconciler finds out.
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; n == 0; {
			_ = db.QueryRow(context.Background(), `select count(*) from event where request_type = 'AUTH_TYPE_LOCK_UNLOCK'`).Scan(&n)
			if n == 0 {
				time.Sleep(2 * time.Millisecond)
			}
		}
	}()
	s.Faults(t, map[string]any{"identity": map[string]any{"latencyMs": 300}})
	answers := make(chan map[string]any, 1)
	go func() {
		defer close(answers)
		answers <- c.Do(locksMutation, map[string]any{"changes": []any{lock("DEMO", true)}, "key": "lost-call-1"}).Data
	}()
	var answer map[string]any
	select {
	case <-done:
		s.Faults(t, map[string]any{"identity": map[string]any{"hang": true}})
		answer = <-answers
	case answer = <-answers:
	}
	event := eventOf(answer, "setAuthLocks")
	s.Faults(t, map[string]any{})
	if event == "" {
		t.Fatalf("no event: %v", answer)
	}
	harness.Within(t, 60*time.Second, "the event is settled", func() bool {
		return text(t, db, `select status from event where event_id = $1`, event) != "IN_PROGRESS"
	})
	held := false
	for _, l := range harness.At(c.Must(`{ viewer { authLocks { type locked } } }`, nil), "viewer", "authLocks").([]any) {
		if harness.At(l, "type") == "DEMO" {
			held, _ = harness.At(l, "locked").(bool)
		}
	}
	got := text(t, db, `select status from event where event_id = $1`, event)
	if held != (got == "SUCCESS") {
		t.Errorf("the event is %s and the lock is %t", got, held)
	}
	if n := number(t, db, `select count(*) from idempotency where event_id = $1 and finished_at is not null`, event); n != 1 {
		t.Error("the key is not settled")
	}
}
