package reconcile

import (
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestOnlyALossHastens has subscriptions renewed again and again, which brings nothing forward, and then confirmed after
// something was wrong with the hub, which does once.
func TestOnlyALossHastens(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "WEBSUB_RESUBSCRIBE_EVERY=3s")
	db := database(t, s)
	hastened := func() int { return strings.Count(s.Log(), "looking at everything that is open") }
	harness.Eventually(t, "the start hastens", func() bool { return hastened() == 1 })

	run(t, db, `update reconcile_state set hastened_at = '-infinity'`) // the pause is over
	begun := time.Now()
	harness.Within(t, time.Minute, "all are renewed after more than two looks at the hub", func() bool {
		return number(t, db, `select count(*) from subscription where verified_at < $1`, begun.Add(12*time.Second)) == 0
	})
	if n := hastened(); n != 1 {
		t.Errorf("hastened %d times by renewals", n-1)
	}
	run(t, db, `update subscription set gap = true`)
	harness.Eventually(t, "a loss hastens", func() bool { return hastened() > 1 })
	harness.Eventually(t, "all four are confirmed again", func() bool {
		return number(t, db, `select count(*) from subscription where gap`) == 0
	})
	if n := hastened(); n != 2 {
		t.Errorf("hastened %d times by four topics that were interrupted together", n-1)
	}
}
