package store

import (
	"context"
	"errors"
	"time"

	"github.com/resident-graph/resident-graph/live"
)

// subscriptionRow is live.Subscription with times that may be missing.
type subscriptionRow struct {
	CallbackID, Topic                   string
	Secret                              []byte
	State                               string
	RequestedAt, VerifiedAt, LeaseUntil *time.Time
	Stood, Gap                          bool
}

const subscriptionColumns = `callback_id, topic, secret, state, requested_at, verified_at, lease_until, stood, gap`

// LoadSubscriptions answers every WebSub subscription; it implements live.Subscriptions.
func (s *Store) LoadSubscriptions(ctx context.Context) ([]live.Subscription, error) {
	rows, err := many[subscriptionRow](s.pool.Query(ctx, `select `+subscriptionColumns+` from subscription`))
	all := make([]live.Subscription, len(rows))
	for i, r := range rows {
		all[i] = r.subscription()
	}
	return all, err
}

// SubscriptionByCallback answers the subscription with this callback, nil when there is none.
func (s *Store) SubscriptionByCallback(ctx context.Context, callbackID string) (*live.Subscription, error) {
	row, err := one[subscriptionRow](s.pool.Query(ctx,
		`select `+subscriptionColumns+` from subscription where callback_id = $1`, callbackID))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sub := row.subscription()
	return &sub, nil
}

// SaveSubscription inserts or replaces the subscription with this callback.
func (s *Store) SaveSubscription(ctx context.Context, sub live.Subscription) error {
	_, err := s.pool.Exec(ctx, `insert into subscription (`+subscriptionColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)
		on conflict (callback_id) do update set topic = $2, secret = $3, state = $4, requested_at = $5,
		verified_at = $6, lease_until = $7, stood = $8, gap = $9`, sub.CallbackID, sub.Topic, sub.Secret, sub.State,
		some(sub.RequestedAt), some(sub.VerifiedAt), some(sub.LeaseUntil), sub.Stood, sub.Gap)
	return err
}

const forgetSubscriptions = `delete from subscription where greatest(requested_at, verified_at, lease_until) < $1`

// ForgetSubscriptions removes what was neither asked for nor confirmed nor leased after a time, and answers how many they
// were. What is wanted is asked for again and again, and so is its end, until the hub confirms it.
func (s *Store) ForgetSubscriptions(ctx context.Context, before time.Time) (int64, error) {
	tag, err := s.pool.Exec(ctx, forgetSubscriptions, before)
	return tag.RowsAffected(), err
}

func (r *subscriptionRow) subscription() live.Subscription {
	return live.Subscription{CallbackID: r.CallbackID, Topic: r.Topic, Secret: r.Secret, State: r.State,
		RequestedAt: orZero(r.RequestedAt), VerifiedAt: orZero(r.VerifiedAt), LeaseUntil: orZero(r.LeaseUntil),
		Stood: r.Stood, Gap: r.Gap}
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
