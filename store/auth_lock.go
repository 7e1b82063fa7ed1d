package store

import (
	"context"
	"time"
)

// AuthLock is what a lock event asked for, for one way of authenticating. Before is the state that ID Authentication
// had confirmed when the event was made.
type AuthLock struct {
	TokenID     string     `json:"token_id"`
	EventID     string     `json:"event_id"`
	Type        string     `json:"type"`
	Locked      bool       `json:"locked"`
	Before      bool       `json:"before"`
	UnlockUntil *time.Time `json:"unlock_until"`
	RequestedAt time.Time  `json:"requested_at"`
	ConfirmedAt *time.Time `json:"confirmed_at"`
	Failed      bool       `json:"failed"`
}

const authLockColumns = `token_id, event_id, type, locked, before, unlock_until, requested_at, confirmed_at, failed`

// InsertAuthLock keeps what an event asked for.
func (t Tx) InsertAuthLock(ctx context.Context, l *AuthLock) error {
	_, err := t.tx.Exec(ctx, `insert into auth_lock (`+authLockColumns+`) values ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
		l.TokenID, l.EventID, l.Type, l.Locked, l.Before, l.UnlockUntil, l.RequestedAt, l.ConfirmedAt, l.Failed)
	return err
}

// SettleAuthLocks marks what an event asked for as confirmed at a time, or as failed.
func (t Tx) SettleAuthLocks(ctx context.Context, tokenID, eventID string, at time.Time, failed bool) error {
	_, err := t.tx.Exec(ctx, `update auth_lock set confirmed_at = case when $4 then null else $3::timestamptz end,
		failed = $4 where token_id = $1 and event_id = $2`, tokenID, eventID, at, failed)
	return err
}

// AuthLocks answers what is open and, per type, what was confirmed last; oldest request first.
func (s *Store) AuthLocks(ctx context.Context, tokenID string) ([]*AuthLock, error) {
	return many[AuthLock](s.pool.Query(ctx, `select `+authLockColumns+` from (
			select distinct on (type, confirmed_at is null) `+authLockColumns+` from auth_lock
			where token_id = $1 and not failed and confirmed_at is not null
			order by type, confirmed_at is null, requested_at desc) confirmed
		union all
		select `+authLockColumns+` from auth_lock where token_id = $1 and not failed and confirmed_at is null
		order by requested_at`, tokenID))
}

// AuthLocksOf answers what one event asked for.
func (s *Store) AuthLocksOf(ctx context.Context, tokenID, eventID string) ([]*AuthLock, error) {
	return many[AuthLock](s.pool.Query(ctx, `select `+authLockColumns+` from auth_lock
		where token_id = $1 and event_id = $2 order by type`, tokenID, eventID))
}
