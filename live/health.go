package live

import (
	"context"
	"sync/atomic"
	"time"
)

// tally is what became of the deliveries of one topic since this process started.
type tally struct {
	delivered, forged, unreadable, failed atomic.Uint64

	trouble chan struct{} // a delivery could not be stored, so the hub may have stopped
}

// troubled asks for a re-subscription, which is what makes a stopped hub go on.
func (t *tally) troubled() {
	select {
	case t.trouble <- struct{}{}:
	default:
	}
}

// healthyFor is how many re-subscriptions may pass without the hub's confirmation.
const healthyFor = 3

// TopicState is one topic as operators see it: the subscription as all replicas share it, the
// counts of this process alone.
type TopicState struct {
	Topic                  string
	State                  string    // of the Subscription; empty before the first request
	VerifiedAt, LeaseUntil time.Time // when the hub last confirmed, and until when
	Healthy                bool      // verified, and confirmed within the last three re-subscriptions
	Delivered              uint64    // stored and answered 2xx, repeats and Unreadable included
	Forged                 uint64    // refused with 401
	Unreadable             uint64    // signed and stored, but not JSON
	Failed                 uint64    // not stored, answered 500
}

// Healthy returns whether the hub lately confirmed every topic, and each topic's state. It reads the
// store, waits for it two seconds at most, and takes a store that fails for ill health.
func (s *Subscriber) Healthy() (bool, []TopicState) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	rows, _ := s.cfg.Store.LoadSubscriptions(ctx) // none, if it fails
	all, now := true, s.cfg.Now()
	states := make([]TopicState, 0, len(s.topics))
	for _, t := range s.topics {
		state := TopicState{
			Topic: t.name, Delivered: t.delivered.Load(), Forged: t.forged.Load(),
			Unreadable: t.unreadable.Load(), Failed: t.failed.Load(),
		}
		if row := s.presentRow(rows, t); row != nil {
			state.State, state.VerifiedAt, state.LeaseUntil = row.State, row.VerifiedAt, row.LeaseUntil
			state.Healthy = row.State == Verified && now.Sub(row.VerifiedAt) <= healthyFor*s.cfg.ResubscribeEvery
		}
		all = all && state.Healthy
		states = append(states, state)
	}
	return all, states
}

// presentRow returns the row of t's present subscription, or nil. A discovered topic may have moved without this replica
// having asked: then it is the one that was asked for last.
func (s *Subscriber) presentRow(rows []Subscription, t *topic) (last *Subscription) {
	present := t.present.Load()
	for i, row := range rows {
		switch {
		case s.cfg.TopicURL == "" && row.CallbackID == present.CallbackID:
			return &rows[i]
		case s.cfg.TopicURL == "" || row.State == Unsubscribing || !row.address().discovered() || row.address().name != t.name:
		case last == nil || row.RequestedAt.After(last.RequestedAt):
			last = &rows[i]
		}
	}
	return last
}
