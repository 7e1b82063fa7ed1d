package faults

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestKilledAtAnyMoment (F1) kills the server up to 50 ms after a burst of mutations, again and again.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	cycles := size("FAULT_CYCLES", 15)
	w := start(t, size("FAULT_RESIDENTS", 12))
	for _, p := range w.people[:len(w.people)/2] {
		w.follow(p)
	}
	var readers []func()
	for _, p := range w.people[:3] {
		readers = append(readers, w.read(p))
	}
	c := w.newCrowd(w.people, "DEMO", "BIO_FACE")
	for i := range cycles {
		if i%20 == 0 {
			w.refill()
			w.answersTake(i % 60) // each way: most kills come before, between or after the calls
		}
		c.burst(6)
		time.Sleep(rand.N(50 * time.Millisecond))
		w.server.Kill()
		w.restart()
	}
	asked, which := c.wait()
	for _, stop := range readers {
		stop()
	}
	report(t, "F1", cycles, w.account().Faults(), w.ready, fmt.Sprintf("%d mutations by %d residents, %d followers: %s", asked, len(w.people), len(w.followers), which))
}
