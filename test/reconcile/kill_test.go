package reconcile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestNoKillLeavesAnEventOpen ends the server without warning in the middle of writes. Afterwards every event is what
// ID Repository holds, and no VID was made twice.
func TestNoKillLeavesAnEventOpen(t *testing.T) {
	t.Parallel()
	cycles := size("RECONCILE_KILLS", 5)
	s := harness.Start(t, "OUTCOME_GRACE=15s", "CONFIRM_LOCKS_AFTER=3s", "UPSTREAM_TIMEOUT=3s")
	db := database(t, s)
	all := people(t, s)
	vidsBefore := vidCounts(t, s)
	for i := range cycles {
		p := all[i%len(all)]
		c := s.SignIn(t, p.UIN)
		s.Faults(t, map[string]any{"vid": map[string]any{"latencyMs": 20}, "identity": map[string]any{"latencyMs": 20}})
		var wg sync.WaitGroup
		for mutation, variables := range map[string]map[string]any{
			generateMutation: {"type": "TEMPORARY", "key": fmt.Sprintf("kill-vid-%04d", i)},
			locksMutation:    {"changes": []any{lock("DEMO", true), lock("BIO_FACE", true)}, "key": fmt.Sprintf("kill-lock-%04d", i)},
		} {
			wg.Go(func() { attempt(c, s.URL, mutation, variables) })
		}
		time.Sleep(time.Duration(rand.N(150)) * time.Millisecond)
		s.Kill()
		wg.Wait()
		s.Run()
	}
	took := harness.Within(t, 120*time.Second, "no event is open", func() bool {
		return number(t, db, `select count(*) from event where status = 'IN_PROGRESS'`) == 0
	})
	t.Logf("%d kills: %d events, all settled %s after the last", cycles, number(t, db, `select count(*) from event where request_type <> 'AUTHENTICATION_REQUEST'`), took)
	made := 0
	for uin, n := range vidCounts(t, s) {
		made += n - vidsBefore[uin]
	}
	if told := number(t, db, `select count(*) from event where status_detail = 'VID_GENERATED'`); told != made {
		t.Errorf("%d VIDs were made and %d events tell so", made, told)
	}
	if n := number(t, db, `select count(*) - count(distinct ref_hash) from event where status_detail = 'VID_GENERATED'`); n != 0 {
		t.Errorf("%d events claim the VID of another", n)
	}
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
}

// attempt sends a mutation whose answer may never come.
func attempt(c *harness.Client, url, query string, variables map[string]any) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err)
	}
	resp, err := c.HTTP.Post(url+"/graphql", "application/json", bytes.NewReader(body))
	if err == nil {
		resp.Body.Close()
	}
}

func vidCounts(t *testing.T, s *harness.Server) map[string]int {
	t.Helper()
	var all []person
	control(t, s, http.MethodGet, "/sandbox/residents", nil, &all)
	counts := map[string]int{}
	for _, p := range all {
		counts[p.UIN] = len(p.Vids)
	}
	return counts
}
