package resident

import (
	"context"
	"time"
)

// The signs that messages are lost: a subscription was interrupted, or something is found upstream that no message told.
// Everything open is then looked at soon, and not when its turn comes.
const (
	hastenSpread  = 10 * time.Second // over which the looks are spread
	hastenPause   = time.Minute
	watchHubEvery = 5 * time.Second
)

// Begin has what is open now looked at soon, since this process may have been away. It is to be called before anything new is
// taken, of which no message can be lost yet.
func (r *Reconciler) Begin(ctx context.Context) { r.hasten(ctx) }

// MessagesLost has everything open looked at soon. It does not wait.
func (r *Reconciler) MessagesLost() {
	select {
	case r.lost <- struct{}{}:
	default: // it will be
	}
}

// watchHub hastens for interrupted subscriptions until ctx ends. One interruption is told by each topic, so it gathers for a
// moment, and what comes too soon after an earlier one waits.
func (r *Reconciler) watchHub(ctx context.Context) error {
	tick := time.NewTicker(watchHubEvery)
	defer tick.Stop()
	tidy := time.NewTicker(10 * time.Minute)
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tidy.C:
			if err := r.service.Store.ForgetHistoryChecks(ctx); err != nil && ctx.Err() == nil {
				r.service.Log.WarnContext(ctx, "ids of ended sessions stay", "error", err)
			}
			if b, err := r.service.Store.Backlog(ctx); err == nil && b.ParkedJobs+b.ParkedDeliveries > 0 {
				r.service.Log.WarnContext(ctx, "parked: an operator must look", "jobs", b.ParkedJobs, "deliveries", b.ParkedDeliveries)
			}
		case <-tick.C:
			select {
			case <-r.lost:
				if !r.hasten(ctx) {
					r.MessagesLost()
				}
			default:
			}
		}
	}
}

// hasten brings the next look at everything that is open forward, unless that happened a moment ago. It answers whether it
// did.
func (r *Reconciler) hasten(ctx context.Context) bool {
	done, err := r.service.Store.Hasten(ctx, hastenSpread, hastenPause)
	switch {
	case err != nil && ctx.Err() == nil:
		r.service.Log.WarnContext(ctx, "reconciler", "what", "hasten", "error", err)
	case done:
		r.service.Log.InfoContext(ctx, "messages may be lost: looking at everything that is open")
	}
	return done
}
