package store

import (
	"context"
	"crypto/sha256"
	"time"
)

// Delivery is one WebSub message that was verified and is kept until it has been applied.
type Delivery struct {
	ID         int64
	Topic      string
	Body       []byte
	ReceivedAt time.Time
	Attempts   int
}

// AddDelivery keeps a verified message. It answers false when the same bytes came before on the same topic.
func (s *Store) AddDelivery(ctx context.Context, topic string, body []byte, at time.Time) (bool, error) {
	hash := sha256.Sum256(body)
	tag, err := s.pool.Exec(ctx, `insert into delivery (topic, body_hash, body, received_at, next_at)
		values ($1, $2, $3, $4, $4) on conflict do nothing`, topic, hash[:], body, at)
	return tag.RowsAffected() == 1, err
}

// NextDelivery answers the oldest message that is due and keeps others from taking it, or ErrNotFound.
func (t Tx) NextDelivery(ctx context.Context, now time.Time) (*Delivery, error) {
	return one[Delivery](t.tx.Query(ctx, `select id, topic, body, received_at, attempts from delivery
		where applied_at is null and parked is null and next_at <= $1
		order by next_at, id limit 1 for update skip locked`, now))
}

// AppliedDelivery marks a message as done.
func (t Tx) AppliedDelivery(ctx context.Context, id int64, at time.Time) error {
	_, err := t.tx.Exec(ctx, `update delivery set applied_at = $2 where id = $1`, id, at)
	return err
}

// RetryDelivery puts a message that could not be applied off until a time.
func (s *Store) RetryDelivery(ctx context.Context, id int64, next time.Time) error {
	_, err := s.pool.Exec(ctx, `update delivery set attempts = attempts + 1, next_at = $2 where id = $1`, id, next)
	return err
}

// ParkDelivery sets a message aside for an operator, with the reason; others go on.
func (s *Store) ParkDelivery(ctx context.Context, id int64, reason string) error {
	_, err := s.pool.Exec(ctx, `update delivery set attempts = attempts + 1, parked = $2 where id = $1`, id, reason)
	return err
}

const forgetDeliveries = `with applied as (select id from delivery where applied_at < $1
		order by applied_at limit $3 for update skip locked),
	unreadable as (select id from delivery where parked is not null and received_at < $2
		order by received_at limit $3 for update skip locked)
	delete from delivery where id in (select id from applied union all select id from unreadable)`

// ForgetDeliveries removes up to about limit messages that were applied before a time, or could not be and came before
// another, and answers how many they were.
func (s *Store) ForgetDeliveries(ctx context.Context, applied, parked time.Time, limit int) (int64, error) {
	tag, err := s.pool.Exec(ctx, forgetDeliveries, applied, parked, limit)
	return tag.RowsAffected(), err
}
