package store

import (
	"context"
	"errors"
	"time"
)

// DataKey is the key that seals personal data at rest, itself sealed by Key Manager. Age is how long ago it was made, by
// the database's clock, so that replicas whose clocks differ agree on it.
type DataKey struct {
	ID      int
	Wrapped string
	Age     time.Duration
}

const selectDataKeys = `select id, wrapped, now() - created_at as age from data_key `

// NewestDataKey answers the data key that seals now, or ErrNotFound before there is one.
func (s *Store) NewestDataKey(ctx context.Context) (*DataKey, error) {
	return one[DataKey](s.pool.Query(ctx, selectDataKeys+`order by id desc limit 1`))
}

// DataKey answers the data key with this id, or ErrNotFound when it never was or was dropped.
func (s *Store) DataKey(ctx context.Context, id int) (*DataKey, error) {
	return one[DataKey](s.pool.Query(ctx, selectDataKeys+`where id = $1`, id))
}

// DataKeys answers all data keys, oldest first.
func (s *Store) DataKeys(ctx context.Context) ([]*DataKey, error) {
	return many[DataKey](s.pool.Query(ctx, selectDataKeys+`order by id`))
}

// AddDataKey keeps a wrapped key as the newest, unless the newest is no longer the one with the id after (0: none), and
// answers the newest: replicas that start together end with the same key.
func (s *Store) AddDataKey(ctx context.Context, wrapped string, after int) (*DataKey, error) {
	if err := s.InTx(ctx, func(t Tx) error {
		if _, err := t.tx.Exec(ctx, `lock table data_key in exclusive mode`); err != nil {
			return err
		}
		_, err := t.tx.Exec(ctx, `insert into data_key (wrapped, created_at)
			select $1, now() where coalesce((select max(id) from data_key), 0) = $2`, wrapped, after)
		return err
	}); err != nil {
		return nil, err
	}
	return s.NewestDataKey(ctx)
}

// DropDataKeys removes the keys that are older than the newest, when all sealed columns have been free of them for a
// while, and answers how many they were: 0 when that is not so.
func (s *Store) DropDataKeys(ctx context.Context, newest int, free time.Duration) (dropped int, err error) {
	tag, err := s.pool.Exec(ctx, `delete from data_key where id < $1 and id < (select max(id) from data_key) and $3 = (
		select count(*) from data_key_progress where key_id = $1 and finished_at <= now() - $2::interval
			and sealed_column = any($4))`, newest, free, len(SealedColumns), SealedColumns)
	return int(tag.RowsAffected()), err
}

// rotationLock is the number of the session lock that a rotation holds.
const rotationLock = 0x646b6579 // "dkey"

// ErrRotating says that another rotation of the data key is at work.
var ErrRotating = errors.New("another rotation of the data key is at work")

// Rotating runs do while no other process does so: one rotation at a time, or ErrRotating. Postgres ends the lock with
// the connection, so one that was killed holds up nobody.
func (s *Store) Rotating(ctx context.Context, do func() error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	var alone bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock($1)`, rotationLock).Scan(&alone); err != nil {
		return err
	}
	if !alone {
		return ErrRotating
	}
	err = do()
	if _, unlockErr := conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, rotationLock); unlockErr != nil {
		_ = conn.Conn().Close(context.WithoutCancel(ctx)) // the lock goes with the connection
	}
	return err
}
