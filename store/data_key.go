package store

import (
	"context"
	"time"
)

// DataKey is the key that seals personal data at rest, itself sealed by Key Manager.
type DataKey struct {
	ID      int
	Wrapped string
}

// NewestDataKey answers the data key that seals now, or ErrNotFound before there is one.
func (s *Store) NewestDataKey(ctx context.Context) (*DataKey, error) {
	return one[DataKey](s.pool.Query(ctx, `select id, wrapped from data_key order by id desc limit 1`))
}

// DataKey answers the data key with this id.
func (s *Store) DataKey(ctx context.Context, id int) (*DataKey, error) {
	return one[DataKey](s.pool.Query(ctx, `select id, wrapped from data_key where id = $1`, id))
}

// AddFirstDataKey keeps a wrapped key unless there is one already, and answers the one that is kept: replicas that
// start together end with the same key.
func (s *Store) AddFirstDataKey(ctx context.Context, wrapped string, at time.Time) (*DataKey, error) {
	if err := s.InTx(ctx, func(t Tx) error {
		if _, err := t.tx.Exec(ctx, `lock table data_key in exclusive mode`); err != nil {
			return err
		}
		_, err := t.tx.Exec(ctx, `insert into data_key (wrapped, created_at)
			select $1, $2 where not exists (select 1 from data_key)`, wrapped, at)
		return err
	}); err != nil {
		return nil, err
	}
	return s.NewestDataKey(ctx)
}
