package reconcile

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const cardMutation = `mutation ($vid: ID!, $key: String!) {
  requestVidCard(input: {vidId: $vid, idempotencyKey: $key}) { event { eventId } errors { code } } }`

// TestNoKillMakesTwoCards ends the server without warning while cards are asked for. Afterwards every event
// has at most its own request, and says what became of it.
func TestNoKillMakesTwoCards(t *testing.T) {
	t.Parallel()
	cycles := size("RECONCILE_KILLS", 5)
	s := harness.Start(t, "OUTCOME_GRACE=15s", "UPSTREAM_TIMEOUT=3s")
	db := database(t, s)
	p := people(t, s)[0]
	for i := range cycles {
		c := s.SignIn(t, p.UIN)
		vid := harness.At(c.Must(`{ viewer { vids(first: 1) { nodes { id } } } }`, nil), "viewer", "vids", "nodes", 0, "id")
		s.Faults(t, map[string]any{"credential": map[string]any{"latencyMs": 20}, "vid": map[string]any{"latencyMs": 20}})
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				attempt(c, s.URL, cardMutation, map[string]any{"vid": vid, "key": fmt.Sprintf("kill-card-%04d-%d", i, n)})
			})
		}
		time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
		s.Kill()
		wg.Wait()
		s.Run()
	}
	harness.Within(t, 120*time.Second, "no event is open", func() bool {
		return number(t, db, `select count(*) from event where status = 'IN_PROGRESS'`) == 0
	})
	requests := s.CardRequests(t)
	for _, r := range requests {
		if n := number(t, db, `select count(*) from event where credential_request_id = $1 and status = 'SUCCESS'`, r.RequestID); n != 1 {
			t.Errorf("a request belongs to %d events that say so", n)
		}
	}
	told := number(t, db, `select count(*) from event where request_type = 'VID_CARD_DOWNLOAD' and status = 'SUCCESS'`)
	if told != len(requests) {
		t.Errorf("%d cards were asked for and %d events tell so", len(requests), told)
	}
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
	t.Logf("%d kills, %d cards, %d events", cycles, told, number(t, db, `select count(*) from event where request_type = 'VID_CARD_DOWNLOAD'`))
}
