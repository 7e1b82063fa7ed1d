package faults

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

const partner = "mpartner-default-health"

// authentications counts those in the history.
func (w *world) authentications() int {
	w.t.Helper()
	return w.number(`select count(*) from event where request_type = 'AUTHENTICATION_REQUEST'`)
}

// TestKilledWithTheInboxFull (F2) kills the server between the answer to the hub and the work on what it brought.
func TestKilledWithTheInboxFull(t *testing.T) {
	t.Parallel()
	cycles := size("FAULT_INBOX_CYCLES", 8)
	w := start(t, 6, with("HISTORY_CHECK_FIRST=3s", "HISTORY_CHECK_LONGEST=5s"))
	for _, p := range w.people {
		w.follow(p)
	}
	sent := len(w.people)
	for i := range cycles {
		point := []string{"inbox.kept", "inbox.taken", "inbox.applied", "inbox.committed", ""}[i%5]
		w.server.Kill()
		w.restartTo(point)
		var partners sync.WaitGroup
		for j := range 12 {
			partners.Go(func() { w.server.Authenticate(t, w.people[j%len(w.people)].uin, partner) })
		}
		sent += 12
		if point == "" {
			time.Sleep(rand.N(50 * time.Millisecond))
			w.server.Kill()
		}
		partners.Wait()
		w.ended()
		w.restart()
	}
	w.within(quietWithin, "every authentication is in the history", func() bool { return w.authentications() >= sent })
	a := w.account()
	if n := w.authentications(); n != sent {
		t.Errorf("%d authentications, want %d", n, sent)
	}
	report(t, "F2", cycles, a.Faults(), w.ready, fmt.Sprintf("%d authentications", sent))
}
