package live

import (
	"context"
	"math/rand/v2"
	"time"
)

// sleep waits for d and returns true, or false as soon as ctx ends.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// backoff doubles first with each failure after the first, up to most, less up to a quarter at random.
func backoff(failures int, first, most time.Duration) time.Duration {
	d := first
	for i := 1; i < failures && d < most; i++ {
		d *= 2
	}
	return jitter(min(d, most), 4)
}

// jitter takes up to one part in parts off d.
func jitter(d time.Duration, parts int) time.Duration {
	return d - rand.N(d/time.Duration(parts)+1)
}
