package resident

import (
	"context"
	"time"
)

// Keeper removes what is no longer to be kept. Replicas share the work.
type Keeper struct {
	service *Service
	tasks   []keeping
}

// keeping removes one kind of thing, a batch at a time: a transaction that removes millions would hold up the others.
type keeping struct {
	what string
	// some removes up to atOnce of what is due and answers how many it were.
	some func(ctx context.Context, now time.Time, atOnce int) (int64, error)
}

const (
	// ShortestHistory is the least that can be kept: changes that a client has not read yet must still be there.
	ShortestHistory = 30 * 24 * time.Hour
	// keepDeliveries is how long an applied delivery is remembered: a hub repeats what was not acknowledged, and a repeat
	// must still be known. One that nobody could apply stays as long as any job that is parked.
	keepDeliveries = 14 * 24 * time.Hour
	// keepSubscriptions is how long a subscription is remembered that nobody asks for any more: until then its late
	// deliveries are told that it is over.
	keepSubscriptions = 30 * 24 * time.Hour
	removeEvery       = time.Hour
	removeAtOnce      = 1000 // some 100 ms of work
)

// NewKeeper makes a keeper. history is how long ended events are kept: 0 for ever, and less than ShortestHistory is taken
// as that.
func NewKeeper(s *Service, history time.Duration) *Keeper {
	k := &Keeper{service: s, tasks: []keeping{
		{"files", s.Store.DropOldFiles},
		{"keys", func(ctx context.Context, now time.Time, atOnce int) (int64, error) {
			return s.Store.ForgetIdempotency(ctx, now.Add(-keptFor), atOnce)
		}},
		{"deliveries", func(ctx context.Context, now time.Time, atOnce int) (int64, error) {
			return s.Store.ForgetDeliveries(ctx, now.Add(-keepDeliveries), now.Add(-keepParked), atOnce)
		}},
		{"subscriptions", func(ctx context.Context, now time.Time, _ int) (int64, error) {
			return s.Store.ForgetSubscriptions(ctx, now.Add(-keepSubscriptions))
		}},
	}}
	if history > 0 {
		history = max(history, ShortestHistory)
		k.tasks = append(k.tasks, keeping{"events", func(ctx context.Context, now time.Time, atOnce int) (int64, error) {
			return s.Store.Retain(ctx, now.Add(-history), atOnce)
		}})
	}
	return k
}

// Run works at once and then hourly, until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	hourly := time.NewTicker(removeEvery)
	defer hourly.Stop()
	for {
		for _, task := range k.tasks {
			k.remove(ctx, task)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-hourly.C:
		}
	}
}

func (k *Keeper) remove(ctx context.Context, task keeping) {
	removed, now := int64(0), k.service.Now().UTC()
	for ctx.Err() == nil {
		n, err := task.some(ctx, now, removeAtOnce)
		removed += n
		if err != nil && ctx.Err() == nil {
			k.service.Log.WarnContext(ctx, "what is old stays", "what", task.what, "error", err)
		}
		if err != nil || n < removeAtOnce {
			break
		}
	}
	if removed > 0 {
		k.service.Log.InfoContext(ctx, "what was old is removed", "what", task.what, "rows", removed)
	}
}
