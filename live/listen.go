package live

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// silence is how long the subscription may say nothing before it is pinged, and then before it is
// given up: a connection whose other end vanished never reports it.
const silence = 5 * time.Second

// listen holds the subscription until ctx ends, making it anew as often as needed.
func (w *Wakes) listen(ctx context.Context) {
	for failures := 1; ; failures++ {
		heard, err := w.subscription(ctx)
		if ctx.Err() != nil {
			return
		}
		if heard {
			failures = 1
		}
		w.log.WarnContext(ctx, "wakes are not heard", "error", err)
		if !sleep(ctx, backoff(failures, 50*time.Millisecond, 2*time.Second)) {
			return
		}
	}
}

// subscription reads one subscription until it fails; heard tells whether it ever worked.
func (w *Wakes) subscription(ctx context.Context) (heard bool, err error) {
	messages := w.redis.Subscribe(ctx, wakeChannel)
	defer messages.Close()
	// A blocked read does not notice ctx; closing the connection ends it.
	defer context.AfterFunc(ctx, func() { _ = messages.Close() })()
	for pinged := false; ; {
		message, err := messages.ReceiveTimeout(ctx, silence)
		if err == nil {
			heard, pinged = true, false
			w.heard(message)
			continue
		}
		if timeout := net.Error(nil); pinged || !errors.As(err, &timeout) || !timeout.Timeout() {
			return heard, err
		}
		if err := messages.Ping(ctx); err != nil {
			return heard, err
		}
		pinged = true
	}
}

func (w *Wakes) heard(message any) {
	switch m := message.(type) {
	case *redis.Subscription: // the connection is new
		w.followers.wakeAll()
	case *redis.Message:
		w.received(m.Payload)
	}
}
