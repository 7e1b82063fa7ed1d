package upstream_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestRetriesStaySmallBesideTheCalls(t *testing.T) {
	for _, percent := range []int32{10, 40, 100} {
		var n atomic.Int32
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(37)%100 < percent { // spread out, and the same at every run
				answering(503, "")(w, r)
				return
			}
			answering(200, wellDone)(w, r)
		})
		c := s.client()
		const callers, each = 20, 100
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range each {
					_, _ = read(t.Context(), c)
				}
			})
		}
		wg.Wait()
		t.Logf("%d %% faults: %d calls, %d sends", percent, callers*each, s.sends.Load())
		if sends := s.sends.Load(); sends > callers*each*12/10 {
			t.Errorf("%d %% faults: %d calls became %d sends", percent, callers*each, sends)
		}
	}
}
