package store

import (
	"context"
	"time"
)

// Idempotency is the record of a mutation that was begun under a resident's key.
type Idempotency struct {
	InputHash  []byte
	EventID    string
	StartedAt  time.Time
	FinishedAt *time.Time
	FirstResult
}

// FirstResult is what a mutation answered the first time beyond what its event tells: the key of the sentence that told a
// refusal, and the rest, sealed. Both are nil for nothing.
type FirstResult struct {
	Sentence *string
	Result   []byte
}

// IdempotencyKey names a mutation that a resident asked for once.
type IdempotencyKey struct{ TokenID, Mutation, Key string }

// Begin claims a key for an event. It answers false when the key is taken.
func (t Tx) Begin(ctx context.Context, k IdempotencyKey, inputHash []byte, eventID string, at time.Time) (bool, error) {
	tag, err := t.tx.Exec(ctx, `insert into idempotency (token_id, mutation, key, input_hash, event_id, started_at)
		values ($1,$2,$3,$4,$5,$6) on conflict do nothing`, k.TokenID, k.Mutation, k.Key, inputHash, eventID, at)
	return tag.RowsAffected() == 1, err
}

// Finish marks the mutation under a key as done: a repeat answers what it did.
func (t Tx) Finish(ctx context.Context, k IdempotencyKey, at time.Time) error {
	_, err := t.tx.Exec(ctx, `update idempotency set finished_at = $4
		where token_id = $1 and mutation = $2 and key = $3`, k.TokenID, k.Mutation, k.Key, at)
	return err
}

// KeepResult keeps what the mutation under a key answered, for as long as the key is remembered.
func (t Tx) KeepResult(ctx context.Context, k IdempotencyKey, first FirstResult) error {
	_, err := t.tx.Exec(ctx, `update idempotency set sentence = $4, result = $5
		where token_id = $1 and mutation = $2 and key = $3`, k.TokenID, k.Mutation, k.Key, first.Sentence, first.Result)
	return err
}

// Begun counts the keys of a mutation that a resident has claimed after a time, and answers when the first of them was;
// that time for none.
func (t Tx) Begun(ctx context.Context, tokenID, mutation string, after time.Time) (n int, first time.Time, err error) {
	err = t.tx.QueryRow(ctx, `select count(*), coalesce(min(started_at), $3) from idempotency
		where token_id = $1 and mutation = $2 and started_at > $3`, tokenID, mutation, after).Scan(&n, &first)
	return n, first, err
}

// Retake claims a key again whose holder began before a time and never finished. It answers false when it finished or
// someone else was faster.
func (t Tx) Retake(ctx context.Context, k IdempotencyKey, begunBefore, at time.Time) (bool, error) {
	tag, err := t.tx.Exec(ctx, `update idempotency set started_at = $5 where token_id = $1 and mutation = $2 and key = $3
		and finished_at is null and started_at < $4`, k.TokenID, k.Mutation, k.Key, begunBefore, at)
	return tag.RowsAffected() == 1, err
}

// Unclaim forgets a key under which nothing was done.
func (s *Store) Unclaim(ctx context.Context, k IdempotencyKey) error {
	_, err := s.pool.Exec(ctx, `delete from idempotency
		where token_id = $1 and mutation = $2 and key = $3 and finished_at is null`, k.TokenID, k.Mutation, k.Key)
	return err
}

// Idempotency answers the record of a key, or ErrNotFound.
func (s *Store) Idempotency(ctx context.Context, k IdempotencyKey) (*Idempotency, error) {
	return one[Idempotency](s.pool.Query(ctx, `select input_hash, event_id, started_at, finished_at, sentence, result
		from idempotency where token_id = $1 and mutation = $2 and key = $3`, k.TokenID, k.Mutation, k.Key))
}

const forgetIdempotency = `delete from idempotency where (token_id, mutation, key) in
	(select token_id, mutation, key from idempotency k where started_at < $1 and not exists (select 1 from event e
		where e.token_id = k.token_id and e.event_id = k.event_id and e.status = 'IN_PROGRESS')
	order by started_at limit $2 for update of k skip locked)`

// ForgetIdempotency removes up to limit keys that were begun before a time, and answers how many they were. Those of open
// events stay: they tell whether upstream was ever asked.
func (s *Store) ForgetIdempotency(ctx context.Context, before time.Time, limit int) (int64, error) {
	tag, err := s.pool.Exec(ctx, forgetIdempotency, before, limit)
	return tag.RowsAffected(), err
}
