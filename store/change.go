package store

import (
	"context"
	"time"
)

// Change is one change of one event. Seq numbers a resident's changes from 1 without gaps.
type Change struct {
	TokenID      string
	Seq          int64
	EventID      string
	Status       EventStatus
	StatusDetail string
	Source       string
	At           time.Time
}

// recordChange numbers and keeps the change that e has just gone through. The row of resident_state is locked by the
// numbering, so the numbers of a resident become visible in their order.
func (t Tx) recordChange(ctx context.Context, e *Event, source string) error {
	_, err := t.tx.Exec(ctx, `with next as (
			insert into resident_state (token_id, seq) values ($1, 1)
			on conflict (token_id) do update set seq = resident_state.seq + 1 returning seq)
		insert into event_change (token_id, seq, event_id, status, status_detail, source, at)
		select $1, seq, $2, $3, $4, $5, $6 from next`,
		e.TokenID, e.EventID, e.Status, e.StatusDetail, source, e.UpdatedAt)
	return err
}

// Changes answers up to limit changes of a resident after a number, in order.
func (s *Store) Changes(ctx context.Context, tokenID string, after int64, limit int) ([]*Change, error) {
	return many[Change](s.pool.Query(ctx, `select token_id, seq, event_id, status, status_detail, source, at
		from event_change where token_id = $1 and seq > $2 order by seq limit $3`, tokenID, after, limit))
}
