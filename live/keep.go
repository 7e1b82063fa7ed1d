package live

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// roundWithin is the deadline of all that one round asks of the store, Redis and the hub.
const roundWithin = time.Minute

// keep holds one topic subscribed until ctx ends.
func (s *Subscriber) keep(ctx context.Context, t *topic) {
	urgent := true // ask even if another replica is the one that usually does
	for failures := 0; ctx.Err() == nil; {
		wait := jitter(s.cfg.ResubscribeEvery/2, 4)
		if s.mine(ctx, t.name, urgent) {
			failures++
			var good bool
			if wait, good = s.renew(ctx, t, failures); good {
				failures = 0
			}
		}
		urgent = false
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-t.trouble:
			// A delivery failed and MOSIP's hub has stopped: ask soon, with a breath for the store.
			failures++
			urgent = sleep(ctx, backoff(failures, time.Second, time.Minute))
			s.doubt(ctx, t)
		}
		timer.Stop()
	}
}

// renew asks the hub once and returns when to ask next, and whether the hub said yes.
// failures are those in a row, this attempt counted as one.
func (s *Subscriber) renew(ctx context.Context, t *topic, failures int) (next time.Duration, good bool) {
	every := s.cfg.ResubscribeEvery
	settle := min(every/4, 4*time.Second) // the hub verifies after it has answered
	row, err := s.round(ctx, t, settle)
	denied := denial{}
	switch {
	case ctx.Err() != nil:
		return 0, false
	case errors.As(err, &denied):
		s.cfg.Log.WarnContext(ctx, "websub subscription denied", "topic", t.name, "reason", denied.reason)
		return backoff(failures, every, time.Hour), false
	case err != nil:
		s.cfg.Log.WarnContext(ctx, "websub subscription not asked for", "topic", t.name, "error", err)
		return backoff(failures, min(time.Second, every), time.Minute), false
	case row.State == Denied:
		return backoff(failures, every, time.Hour), false // logged where it arrived
	case !row.confirmed():
		if failures > healthyFor { // not a hub that takes its time
			s.doubt(ctx, t)
		}
		s.cfg.Log.WarnContext(ctx, "websub subscription not verified by the hub", "topic", t.name)
		return backoff(failures, 2*settle, every), false
	}
	half := row.LeaseUntil.Sub(row.VerifiedAt) / 2
	return jitter(max(min(every, half, 12*time.Hour), min(time.Second, every)), 10), true
}

// round asks and gives the hub until settle to verify. It returns what has come of it.
func (s *Subscriber) round(ctx context.Context, t *topic, settle time.Duration) (*Subscription, error) {
	ctx, cancel := context.WithTimeout(ctx, roundWithin)
	defer cancel()
	row, err := s.ask(ctx, t)
	for step := settle / 16; err == nil && row.State != Denied && !row.confirmed() && step < settle; step *= 2 {
		if !sleep(ctx, step) {
			return nil, ctx.Err()
		}
		row, err = s.row(ctx, t)
	}
	return row, err
}

// row returns t's subscription as the replicas share it, or a new one. It needs a located topic.
func (s *Subscriber) row(ctx context.Context, t *topic) (*Subscription, error) {
	fresh := *t.present.Load()
	row, err := s.cfg.Store.SubscriptionByCallback(ctx, fresh.CallbackID)
	if err != nil {
		return nil, fmt.Errorf("read subscription: %w", err)
	}
	if row == nil {
		row = &fresh
	}
	return row, nil
}

// ask locates the topic, saves what is about to be asked, since the verification may come before the hub's answer, and
// asks.
func (s *Subscriber) ask(ctx context.Context, t *topic) (*Subscription, error) {
	if err := s.locate(ctx, t); err != nil {
		return nil, err
	}
	row, err := s.row(ctx, t)
	if err != nil {
		return nil, err
	}
	if row.State != Verified {
		row.State = Requested
	}
	row.RequestedAt = s.cfg.Now()
	if err := s.cfg.Store.SaveSubscription(ctx, *row); err != nil {
		return nil, fmt.Errorf("save subscription: %w", err)
	}
	if !row.address().discovered() {
		// A topic nobody registered refuses subscribers. That we may not register it is no reason to stop.
		if err := s.hub.register(ctx, *row); err != nil {
			s.cfg.Log.DebugContext(ctx, "websub topic not registered", "topic", t.name, "error", err)
		}
	}
	err = s.hub.subscribe(ctx, *row, s.callback(row.CallbackID))
	if errors.Is(err, errAway) {
		s.doubt(ctx, t)
	}
	if denied := (denial{}); errors.As(err, &denied) && row.State == Requested {
		// A subscription that stood before still stands at the hub; this one never did.
		row.State, row.Gap = Denied, true
		return row, errors.Join(err, s.cfg.Store.SaveSubscription(ctx, *row))
	}
	return row, err
}

// doubt notes that messages may be lost until the hub confirms t's subscription, on whichever replica that will be.
func (s *Subscriber) doubt(ctx context.Context, t *topic) {
	if t.present.Load() == nil {
		return
	}
	row, err := s.row(ctx, t)
	if err == nil && !row.Gap {
		row.Gap = true
		err = s.cfg.Store.SaveSubscription(ctx, *row)
	}
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.WarnContext(ctx, "websub subscription not saved", "topic", t.name, "error", err)
	}
}

func (s *Subscriber) callback(id string) string { return s.cfg.CallbackURL + "/hooks/websub/" + id }
