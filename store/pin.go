package store

import "context"

const lockResident = `insert into resident_state (token_id) values ($1) on conflict (token_id)
	do update set seq = resident_state.seq`

const countPins = `select count(*) from event where token_id = $1 and pinned`

// Pins counts the resident's pinned events and keeps others from pinning until the transaction ends. An event that is to
// be pinned must be locked before: whoever moves an event takes the two in that order.
func (t Tx) Pins(ctx context.Context, tokenID string) (n int, err error) {
	if _, err = t.tx.Exec(ctx, lockResident, tokenID); err == nil {
		err = t.tx.QueryRow(ctx, countPins, tokenID).Scan(&n)
	}
	return n, err
}

const pinEvent = `update event set pinned = $3 where token_id = $1 and event_id = $2`

// PinEvent pins or unpins an event and records that as a change, which is no news.
func (t Tx) PinEvent(ctx context.Context, e *Event, c *Change) error {
	if _, err := t.tx.Exec(ctx, pinEvent, e.TokenID, e.EventID, e.Pinned); err != nil {
		return err
	}
	return t.recordChange(ctx, c)
}
