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

// nextSeq takes the resident's next number. Their row stays locked until the transaction ends, so the numbers of a
// resident become visible in their order.
const nextSeq = `insert into resident_state (token_id, seq) values ($1, 1)
	on conflict (token_id) do update set seq = resident_state.seq + 1 returning seq`

const insertChange = `with next as (` + nextSeq + `)
	insert into event_change (token_id, seq, event_id, status, status_detail, source, at)
	select $1, seq, $2, $3, $4, $5, $6 from next`

// recordChange numbers and keeps a change.
func (t Tx) recordChange(ctx context.Context, c *Change) error {
	_, err := t.tx.Exec(ctx, insertChange, c.TokenID, c.EventID, c.Status, c.StatusDetail, c.Source, c.At)
	return err
}

const selectChanges = `select token_id, seq, event_id, status, status_detail, source, at
	from event_change where token_id = $1 and seq > $2 order by seq limit $3`

// Changes answers up to limit changes of a resident after a number, in order.
func (s *Store) Changes(ctx context.Context, tokenID string, after int64, limit int) ([]*Change, error) {
	return many[Change](s.pool.Query(ctx, selectChanges, tokenID, after, limit))
}

const selectChangesOf = `select token_id, seq, event_id, status, status_detail, source, at
	from event_change where token_id = $1 and event_id = any($2)`

// ChangesOf answers all changes of some events of a resident, in no order.
func (s *Store) ChangesOf(ctx context.Context, tokenID string, eventIDs []string) ([]*Change, error) {
	return many[Change](s.pool.Query(ctx, selectChangesOf, tokenID, eventIDs))
}
