package live_test

import (
	"sync/atomic"
	"testing"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/sandbox/hub"
)

// losses runs a subscriber until all topics are renewed, and counts what it tells of messages that may be lost.
func (w *world) losses() *atomic.Int64 {
	w.t.Helper()
	told := &atomic.Int64{}
	w.subscribed(w.subscriber(func(c *live.Config) { c.Lost = func() { told.Add(1) } }))
	w.renewed(3)
	return told
}

// renewed waits until each topic was confirmed so often again.
func (w *world) renewed(times int) {
	w.t.Helper()
	for range times {
		before := map[string]live.Subscription{}
		for _, topic := range topics {
			before[topic], _ = w.rows.of(topic)
		}
		w.all("confirmed again", func(row live.Subscription) bool { return row.VerifiedAt.After(before[row.Topic].VerifiedAt) })
	}
}

// all waits until something holds of the subscription of each topic.
func (w *world) all(what string, holds func(live.Subscription) bool) {
	w.t.Helper()
	for _, topic := range topics {
		soon(w.t, patience, what, func() bool {
			row, found := w.rows.of(topic)
			return found && holds(row)
		})
	}
}

func TestRenewalsTellOfNoLoss(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		if told := w.losses(); told.Load() != 0 {
			t.Errorf("%d losses told", told.Load())
		}
	})
}

func TestAHubThatIsAwayMayLoseMessagesOncePerTopic(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		told := w.losses()
		w.hub.set(nil)
		w.all("the gap is noted", func(row live.Subscription) bool { return row.Gap })
		if n := told.Load(); n != 0 {
			t.Errorf("%d losses told before the hub is back", n)
		}
		w.hub.set(w.now)
		w.renewed(3)
		if n := told.Load(); n != int64(len(topics)) {
			t.Errorf("%d losses told, want %d", n, len(topics))
		}
	})
}

func TestAHubThatForgotUsLostMessagesOncePerTopic(t *testing.T) {
	w := newWorld(t, hub.ModeMOSIP)
	told := w.losses()
	w.all("the subscription stands", func(row live.Subscription) bool { return row.Stood })
	w.newHub()
	w.renewed(3)
	if n := told.Load(); n != int64(len(topics)) {
		t.Errorf("%d losses told, want %d", n, len(topics))
	}
}

func TestALeaseThatHasRunOutLostMessagesOncePerTopic(t *testing.T) {
	w := newWorld(t, hub.ModeW3C)
	told := w.losses()
	if _, err := w.rows.pool.Exec(t.Context(), `update subscription set lease_until = now() - interval '1 minute'`); err != nil {
		t.Fatal(err)
	}
	w.renewed(3)
	if n := told.Load(); n != int64(len(topics)) {
		t.Errorf("%d losses told, want %d", n, len(topics))
	}
}
