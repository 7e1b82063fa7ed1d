package faults

import (
	"fmt"
	"testing"
	"time"
)

// TestAnswersAreLost has ID Repository accept writes and its answers be lost: the connection closes, nothing comes, or
// the service dies. What became of each write is found out by reading.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	writes := size("FAULT_ANSWERS", 8)
	w := start(t, 4, lasting)
	c := w.newCrowd(w.people, "DEMO")
	for _, end := range []string{"drop", "hang", "die"} {
		w.server.Faults(t, map[string]any{"vid": map[string]any{"afterWrite": end}, "identity": map[string]any{"afterWrite": end},
			"credential": map[string]any{"afterWrite": end}})
		c.whoCan(writes)
		if end == "die" {
			select {
			case <-w.mosip.exited:
			case <-time.After(settleWithin):
				t.Fatal("the sandbox did not die")
			}
			w.mosip.run()
		}
		time.Sleep(time.Second)
		w.server.Faults(t, map[string]any{})
		w.refill()
		c.work.Wait()
	}
	asked, which := c.wait()
	report(t, "F5-writes", asked, w.account().Faults(), nil, "answers dropped, hanging, and with the service's death: "+which)
}

// TestAnOldLockIsNotSentAgain has a lock whose outcome is not known be repeated after the resident has unlocked: the
// repeat must not lock again. Once upstream had accepted the lock, once it never came there.
func TestAnOldLockIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := start(t, 2, with("CONFIRM_LOCKS_AFTER=10m", "OUTCOME_GRACE=5m"))
	w.server.Settings(t, map[string]any{"holdAcks": true}) // nothing is confirmed meanwhile
	lost, killed := w.people[0], w.people[1]
	old := map[*person]intent{lost: setAuthLock("DEMO", true), killed: setAuthLock("DEMO", true)}

	w.server.Faults(t, map[string]any{"identity": map[string]any{"afterWrite": "drop"}})
	if a, err := lost.ask(old[lost]); err != nil || a.Code != "OUTCOME_UNKNOWN" {
		t.Fatalf("the answer was lost and is %+v: %v", a, err)
	}
	w.server.Faults(t, map[string]any{})
	w.server.Kill()
	w.restartTo("write.begun")
	if a, err := killed.ask(old[killed]); err == nil {
		t.Fatalf("the server ended and answered %+v", a)
	}
	w.ended()
	w.restart()

	for p, i := range old {
		if a := finally(t, p, setAuthLock("DEMO", false)); a.Event == "" {
			t.Fatalf("unlocked: %+v", a)
		}
		time.Sleep(4200 * time.Millisecond) // from here on a repeat may send again
		if a, err := p.ask(i); err != nil || a.Code != "OUTCOME_UNKNOWN" {
			t.Errorf("the old lock was repeated and is %+v: %v", a, err)
		}
	}
	w.server.Settings(t, map[string]any{"holdAcks": false})
	w.within(quietWithin, "what IDA has applied is confirmed", func() bool {
		return w.number(`select count(*) from event where status = 'IN_PROGRESS'`) == 1
	})
	w.exec(`update auth_lock set requested_at = requested_at - interval '10 minutes'`) // time passes
	w.exec(`update idempotency set started_at = started_at - interval '10 minutes'`)
	w.exec(`update event set created_at = created_at - interval '10 minutes', check_at = now() where status = 'IN_PROGRESS'`)
	a := w.account()
	for _, p := range []*person{lost, killed} {
		if p.screen().Locks["DEMO"] {
			t.Error("the old lock came back")
		}
	}
	accepted := map[string]int{}
	for _, u := range a.Upstream {
		accepted[u.Resident+u.Input]++
	}
	if n := accepted[lost.hash+"DEMO=true"] + 10*accepted[killed.hash+"DEMO=true"]; n != 1 {
		t.Errorf("the old locks were accepted %v times", accepted)
	}
	report(t, "old-lock", len(old), a.Faults(), nil, fmt.Sprintf("%d events", len(a.Store.Keys)))
}
