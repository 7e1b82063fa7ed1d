package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// OpenEvent is an open event about which upstream is to be asked. Checks counts how often it was, this time included.
type OpenEvent struct {
	Event
	Checks int
}

// TakeOpen answers up to limit open events of some types that are due, and puts the next look at each off: 2 s after the
// first, then twice as long up to 10 min. Replicas never get the same event at once, and one that a crashed replica took
// comes again.
func (s *Store) TakeOpen(ctx context.Context, types []RequestType, limit int) ([]*OpenEvent, error) {
	return many[OpenEvent](s.pool.Query(ctx, `with due as materialized (
			select token_id, event_id from event where status = 'IN_PROGRESS' and check_at <= now() and request_type = any($1)
			order by check_at limit $2 for update skip locked)
		update event set checks = checks + 1,
			check_at = now() + least(power(2, least(checks, 10) + 1), 600) * (0.9 + random() * 0.2) * interval '1 second'
		where (token_id, event_id) in (select token_id, event_id from due)
		returning `+eventColumns+`, checks`, types, limit))
}

// CheckAgain has upstream asked about an open event at a time, if that is sooner than planned.
func (s *Store) CheckAgain(ctx context.Context, e *Event, at time.Time) error {
	_, err := s.pool.Exec(ctx, `update event set check_at = least(check_at, $3) where token_id = $1 and event_id = $2
		and status = 'IN_PROGRESS'`, e.TokenID, e.EventID, at)
	return err
}

// CheckAt has upstream asked about an open event at a time, and not before.
func (s *Store) CheckAt(ctx context.Context, e *Event, at time.Time) error {
	_, err := s.pool.Exec(ctx, `update event set check_at = $3 where token_id = $1 and event_id = $2
		and status = 'IN_PROGRESS'`, e.TokenID, e.EventID, at)
	return err
}

// Hasten brings the next look at everything that is open forward to within a spread, at most once per pause over all
// replicas. It answers whether it did.
func (s *Store) Hasten(ctx context.Context, spread, pause time.Duration) (done bool, err error) {
	err = s.InTx(ctx, func(t Tx) error {
		tag, err := t.tx.Exec(ctx, `update reconcile_state set hastened_at = now() where hastened_at < now() - $1::interval`, pause)
		if done = tag.RowsAffected() == 1; err != nil || !done {
			return err
		}
		for _, statement := range []string{
			`update event set check_at = now() + random() * $1::interval where status = 'IN_PROGRESS' and check_at > now() + $1::interval`,
			`update history_check set check_at = now() + random() * $1::interval
				where individual_id is not null and check_at > now() + $1::interval`,
		} {
			if _, err := t.tx.Exec(ctx, statement, spread); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// LockResident keeps others who lock the same resident waiting until the transaction ends.
func (t Tx) LockResident(ctx context.Context, tokenID string) error {
	_, err := t.tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, tokenID)
	return err
}

// LockIdempotencyOf answers the record under which an event was begun and keeps it from being claimed again, or
// ErrNotFound for an event without a key. Keys that joined the event came later, and are finished from their beginning:
// one that is not is the first, whatever the clocks of two replicas say.
func (t Tx) LockIdempotencyOf(ctx context.Context, tokenID, eventID string) (*Idempotency, error) {
	return one[Idempotency](t.tx.Query(ctx, `select input_hash, event_id, started_at, finished_at, sentence, result
		from idempotency where token_id = $1 and event_id = $2
		order by finished_at is not null, started_at limit 1 for update`, tokenID, eventID))
}

// FinishEvent marks the mutation that began an event as done.
func (t Tx) FinishEvent(ctx context.Context, tokenID, eventID string, at time.Time) error {
	_, err := t.tx.Exec(ctx, `update idempotency set finished_at = $3 where token_id = $1 and event_id = $2 and finished_at is null`,
		tokenID, eventID, at)
	return err
}

// RetakeEvent claims the key of an event again, as Retake does by key.
func (t Tx) RetakeEvent(ctx context.Context, tokenID, eventID string, begunBefore, at time.Time) (bool, error) {
	tag, err := t.tx.Exec(ctx, `update idempotency set started_at = $4 where token_id = $1 and event_id = $2
		and finished_at is null and started_at < $3`, tokenID, eventID, begunBefore, at)
	return tag.RowsAffected() == 1, err
}

// OpenWrite is an open event with how its call stands. StartedAt is nil when its key is forgotten.
type OpenWrite struct {
	Event
	StartedAt  *time.Time
	FinishedAt *time.Time
}

// OpenWrites answers the resident's open events of a type, oldest first.
func (t Tx) OpenWrites(ctx context.Context, tokenID string, of RequestType) ([]*OpenWrite, error) {
	return many[OpenWrite](t.tx.Query(ctx, `select `+eventColumns+`,
			(select k.started_at from idempotency k where k.token_id = event.token_id and k.event_id = event.event_id) as started_at,
			(select k.finished_at from idempotency k where k.token_id = event.token_id and k.event_id = event.event_id) as finished_at
		from event where token_id = $1 and request_type = $2 and status = 'IN_PROGRESS' order by created_at, event_id`, tokenID, of))
}

// RefHashes answers what the resident's events of a type are about.
func (t Tx) RefHashes(ctx context.Context, tokenID string, of RequestType) (map[string]bool, error) {
	rows, err := t.tx.Query(ctx, `select ref_hash from event where token_id = $1 and request_type = $2 and ref_hash is not null`, tokenID, of)
	if err != nil {
		return nil, err
	}
	hashes := map[string]bool{}
	var hash string
	_, err = pgx.ForEachRow(rows, []any{&hash}, func() error { hashes[hash] = true; return nil })
	return hashes, err
}

// AuthLocksAsked answers everything that the resident's lock events asked for since a time and that was not refused,
// oldest first.
func (s *Store) AuthLocksAsked(ctx context.Context, tokenID string, since time.Time) ([]*AuthLock, error) {
	return many[AuthLock](s.pool.Query(ctx, `select `+authLockColumns+` from auth_lock
		where token_id = $1 and requested_at >= $2 and not failed order by requested_at`, tokenID, since))
}
