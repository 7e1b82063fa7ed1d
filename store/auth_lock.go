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
		ask_at = case when $4 then null else unlock_until end,
		failed = $4 where token_id = $1 and event_id = $2`, tokenID, eventID, at, failed)
	return err
}

// TakeUnlocks answers up to limit temporary unlocks whose end is due, and puts the next look at each off: as long again as
// its end is past, 1 s to 5 min. Replicas never get the same one at once, and one that a crashed replica took comes again.
func (s *Store) TakeUnlocks(ctx context.Context, limit int) ([]*AuthLock, error) {
	return many[AuthLock](s.pool.Query(ctx, `with due as materialized (
			select token_id, event_id, type from auth_lock where ask_at <= now() order by ask_at limit $1 for update skip locked)
		update auth_lock set
			ask_at = now() + least(greatest(now() - unlock_until, interval '1 second'), interval '5 minutes')
		where (token_id, event_id, type) in (select token_id, event_id, type from due)
		returning `+authLockColumns, limit))
}

// EndUnlocks has the end of temporary unlocks of an event no longer asked about and, with tell, records it as a change of
// the event. It answers false, and records nothing, when that was done before.
func (t Tx) EndUnlocks(ctx context.Context, c *Change, types []string, tell bool) (bool, error) {
	tag, err := t.tx.Exec(ctx, `update auth_lock set ask_at = null
		where token_id = $1 and event_id = $2 and type = any($3) and ask_at is not null`, c.TokenID, c.EventID, types)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	if tell {
		err = t.recordChange(ctx, c)
	}
	return err == nil, err
}

// NewerAuthLock says whether a later event asked for one of the ways of authenticating that an event asked for, and was
// not refused.
func (t Tx) NewerAuthLock(ctx context.Context, tokenID, eventID string) (newer bool, err error) {
	err = t.tx.QueryRow(ctx, `select exists (select from auth_lock mine join auth_lock later
		on later.token_id = mine.token_id and later.type = mine.type and later.requested_at > mine.requested_at
		where mine.token_id = $1 and mine.event_id = $2 and not later.failed)`, tokenID, eventID).Scan(&newer)
	return newer, err
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
