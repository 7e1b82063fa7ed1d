package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Redis starts an in-process Redis on a free loopback port and returns its URL
// for go-redis, and what stops it. Its keys expire by the clock, as miniredis
// alone would not let them; its data end with it. ctx bounds the start only.
func Redis(ctx context.Context) (url string, stop func() error, err error) {
	if err := ctx.Err(); err != nil {
		return "", nil, fmt.Errorf("start redis: %w", err)
	}
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return "", nil, fmt.Errorf("start redis: %w", err)
	}
	ticking, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		moveClock(ticking, server)
	}()
	return "redis://" + server.Addr() + "/0", func() error {
		cancel()
		<-done
		server.Close()
		return nil
	}, nil
}

// moveClock lets the server's time pass until ctx ends.
func moveClock(ctx context.Context, server *miniredis.Miniredis) {
	const step = 50 * time.Millisecond // what a key may outlive its time by
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-ticker.C:
			server.FastForward(at.Sub(last))
			last = at
		}
	}
}
