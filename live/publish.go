package live

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// publishWithin is the deadline of one round of publishing.
const publishWithin = 2 * time.Second

// outbox holds the token ids that other processes have yet to hear of, each once: while Redis is slow
// it grows with the residents concerned and not with what happens to them.
type outbox struct {
	mu     sync.Mutex
	tokens map[string]struct{}
	filled chan struct{}
}

func newOutbox() outbox {
	return outbox{tokens: map[string]struct{}{}, filled: make(chan struct{}, 1)}
}

func (o *outbox) put(tokenID string) {
	o.mu.Lock()
	o.tokens[tokenID] = struct{}{}
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

func (o *outbox) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	tokens := slices.Collect(maps.Keys(o.tokens))
	clear(o.tokens)
	return tokens
}

// publish empties the outbox until ctx ends, and once more then.
func (w *Wakes) publish(ctx context.Context) {
	for {
		select {
		case <-w.outbox.filled:
			w.flush(ctx)
		case <-ctx.Done():
			w.flush(ctx)
			return
		}
	}
}

// flush publishes what is in the outbox. What fails is not kept: the heartbeat covers it.
func (w *Wakes) flush(ctx context.Context) {
	tokens := w.outbox.take()
	if len(tokens) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishWithin) // the end sends too
	defer cancel()
	_, err := w.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, tokenID := range tokens {
			pipe.Publish(ctx, wakeChannel, w.origin+" "+tokenID)
		}
		return nil
	})
	if err != nil {
		w.log.WarnContext(ctx, "wakes not published", "count", len(tokens), "error", err)
	}
}
