package faults

import (
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// TestAVidIsToldOnce has the outcome of one VID not be known while another is being generated: the reconciler must not
// give the one that comes into being to the event that never made any.
func TestAVidIsToldOnce(t *testing.T) {
	t.Parallel()
	w := start(t, 1, with("UPSTREAM_TIMEOUT=8s", "OUTCOME_GRACE=48s"))
	p, never := w.people[0], generateVid()
	w.server.Kill()
	w.restartTo("write.begun")
	if a, err := p.ask(never); err == nil {
		t.Fatalf("the server ended and answered %+v", a)
	}
	w.ended()
	w.restart()

	w.answersTake(4000)
	var asking sync.WaitGroup
	asking.Go(func() {
		if a, err := p.ask(generateVid()); err != nil || a.Code != "" {
			t.Errorf("a VID is answered %+v: %v", a, err)
		}
	})
	w.within(quietWithin, "the VID is made", func() bool { return len(lines[ledger.Upstream](w, "upstream")) == 1 })
	w.graceIsOver(never.key)
	w.askAbout(never.key)
	asking.Wait()
	w.answersTake(0)
	report(t, "two-vids", 2, w.account().Faults(), nil, "")
}

// TestEveryVidIsTold has two VIDs be made, one some time after the other, and both answers be lost.
func TestEveryVidIsTold(t *testing.T) {
	t.Parallel()
	w := start(t, 1, with("OUTCOME_GRACE=30s"))
	p := w.people[0]
	var keys []string
	for n := range 2 {
		if n > 0 {
			time.Sleep(7 * time.Second) // more than clocks may differ
		}
		w.server.Kill()
		w.restartTo("vid.generated")
		i := generateVid()
		if a, err := p.ask(i); err == nil {
			t.Fatalf("the server ended and answered %+v", a)
		}
		w.ended()
		keys = append(keys, i.key)
	}
	w.exec(`update event set check_at = now() + interval '1 hour' where status = 'IN_PROGRESS'`)
	w.exec(`update reconcile_state set hastened_at = now()`)
	w.graceIsOver(keys...)
	w.restart()
	for _, key := range keys { // in the order in which the older could take the newer VID
		w.askAbout(key)
		w.within(quietWithin, "an event has ended", func() bool {
			return w.number(`select count(*) from idempotency where key = $1 and finished_at is null`, key) == 0
		})
	}
	report(t, "lost-vids", len(keys), w.account().Faults(), nil, "")
}

// graceIsOver has the calls under some keys have been sent so long ago that nothing of them can still be on its way.
func (w *world) graceIsOver(keys ...string) {
	w.t.Helper()
	w.exec(`update idempotency set started_at = started_at - interval '1 minute' where key = any($1)`, keys)
}

// askAbout has the reconciler look at the event of a key.
func (w *world) askAbout(key string) {
	w.t.Helper()
	w.exec(`update event set check_at = now() where event_id in (select event_id from idempotency where key = $1)`, key)
}
