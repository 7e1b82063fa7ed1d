package faults

import (
	"context"
	"sync"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// read has a resident look at their locks again and again until the returned function is called.
func (w *world) read(p *person) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(func() {
		for ctx.Err() == nil {
			line := ledger.Reading{Resident: p.hash, Asked: time.Now().UTC()}
			shown, whole, err := p.look()
			if err == nil && whole {
				for _, authType := range shown.Pending {
					delete(shown.Locks, authType)
				}
				line.Answered, line.Locks = time.Now().UTC(), shown.Locks
				if err := w.reader.Append(line); err != nil {
					w.t.Error(err)
					return
				}
			}
			select { // when the server is away, a little later
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	stop = func() {
		cancel()
		reading.Wait()
	}
	w.t.Cleanup(stop)
	return stop
}
