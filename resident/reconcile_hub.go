package resident

import (
	"context"
	"time"
)

// The signs that a hub has lost messages: it verifies a subscription anew, because it had stopped or forgotten it, or
// something is found upstream that it never told. Everything open is then looked at soon, and not when its turn comes.
const (
	hastenSpread  = 10 * time.Second // over which the looks are spread
	hastenPause   = time.Minute
	watchHubEvery = 5 * time.Second
)

// watchHub looks for new verifications until ctx ends. This process may have been away itself, so it begins with a look.
func (r *Reconciler) watchHub(ctx context.Context) error {
	r.hasten(ctx)
	var last time.Time
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
			at, err := r.service.Store.VerifiedAt(ctx)
			if err != nil {
				continue // the loops that ask tell of it
			}
			if !last.IsZero() && at.After(last) {
				r.hasten(ctx)
			}
			last = at
		}
	}
}

// hasten brings the next look at everything that is open forward, unless that happened a moment ago.
func (r *Reconciler) hasten(ctx context.Context) {
	done, err := r.service.Store.Hasten(ctx, hastenSpread, hastenPause)
	switch {
	case err != nil && ctx.Err() == nil:
		r.service.Log.WarnContext(ctx, "reconciler", "what", "hasten", "error", err)
	case done:
		r.service.Log.InfoContext(ctx, "messages may be lost: looking at everything that is open")
	}
}
