package store

import (
	"context"
	"errors"
	"time"
)

// ResidentState is what is kept once per resident. Seq is the number of the newest change.
type ResidentState struct {
	Seq         int64
	LastLoginAt *time.Time
}

// ResidentState answers the state of a resident; the zero state for one who is new here.
func (s *Store) ResidentState(ctx context.Context, tokenID string) (*ResidentState, error) {
	state, err := one[ResidentState](s.pool.Query(ctx,
		`select seq, last_login_at from resident_state where token_id = $1`, tokenID))
	if errors.Is(err, ErrNotFound) {
		return &ResidentState{}, nil
	}
	return state, err
}

// RecordLogin keeps when the resident signed in; the sign-in before it becomes the last one.
func (s *Store) RecordLogin(ctx context.Context, tokenID string, at time.Time) error {
	_, err := s.pool.Exec(ctx, `insert into resident_state (token_id, login_at) values ($1, $2)
		on conflict (token_id) do update set last_login_at = resident_state.login_at, login_at = $2`, tokenID, at)
	return err
}
