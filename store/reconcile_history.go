package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// HistoryCheck is a resident whose history of authentications is to be compared with ID Authentication's.
type HistoryCheck struct {
	TokenID      string
	IndividualID []byte     // sealed
	EqualUntil   *time.Time // up to when both are known to be equal; nil: never compared
}

// WatchHistory has a resident's history compared from first on, until a time.
func (s *Store) WatchHistory(ctx context.Context, tokenID string, sealed []byte, first, until time.Time) error {
	_, err := s.pool.Exec(ctx, `insert into history_check (token_id, individual_id, active_until, check_at) values ($1, $2, $3, $4)
		on conflict (token_id) do update set individual_id = $2, check_at = $4, checks = 0,
			active_until = greatest(history_check.active_until, $3)`, tokenID, sealed, until, first)
	return err
}

// TakeHistory answers up to limit residents who are due, and puts the next look at each off: twice as long every time,
// up to longest.
func (s *Store) TakeHistory(ctx context.Context, limit int, first, longest time.Duration) ([]*HistoryCheck, error) {
	return many[HistoryCheck](s.pool.Query(ctx, `with due as materialized (
			select token_id from history_check where individual_id is not null and check_at <= now() and active_until > now()
			order by check_at limit $1 for update skip locked)
		update history_check set checks = checks + 1, check_at = now() +
			least($2::interval * power(2, least(checks, 20)), $3::interval) * (0.9 + random() * 0.2)
		where token_id in (select token_id from due) returning token_id, individual_id, equal_until`, limit, first, longest))
}

// HistoryEqual keeps up to when a resident's history is known to be equal.
func (s *Store) HistoryEqual(ctx context.Context, tokenID string, until time.Time) error {
	_, err := s.pool.Exec(ctx, `update history_check set equal_until = $2 where token_id = $1`, tokenID, until)
	return err
}

// ForgetHistoryChecks removes the ids of residents who have no session any more.
func (s *Store) ForgetHistoryChecks(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, `update history_check set individual_id = null
		where individual_id is not null and active_until < now()`)
	return err
}

// Authentication is what tells one authentication of a resident from another in ID Authentication's history, which does
// not give its own key: two that are alike in all of it look alike to the resident too.
type Authentication struct {
	At          time.Time // to the second
	LoginMode   string
	Succeeded   bool
	PartnerName string
	RefHash     string
}

// Authentications counts the resident's authentications since a time by what tells them apart.
func (t Tx) Authentications(ctx context.Context, tokenID string, since time.Time) (map[Authentication]int, error) {
	rows, err := t.tx.Query(ctx, `select date_trunc('second', created_at), coalesce(login_mode, ''), status = 'SUCCESS',
		coalesce(partner_name, ''), coalesce(ref_hash, '') from event
		where token_id = $1 and request_type = 'AUTHENTICATION_REQUEST' and created_at >= date_trunc('second', $2::timestamptz)`, tokenID, since)
	if err != nil {
		return nil, err
	}
	counts := map[Authentication]int{}
	var a Authentication
	_, err = pgx.ForEachRow(rows, []any{&a.At, &a.LoginMode, &a.Succeeded, &a.PartnerName, &a.RefHash}, func() error {
		a.At = a.At.UTC()
		counts[a]++
		return nil
	})
	return counts, err
}

// AdoptAuthentication gives an authentication that was found in ID Authentication's history the key and the partner that
// its message brings. It answers false when there is none that waits for one: the message is news then.
func (t Tx) AdoptAuthentication(ctx context.Context, tokenID string, a Authentication, key string, partnerID *string) (bool, error) {
	var known bool
	err := t.tx.QueryRow(ctx, `select true from event where token_id = $1 and request_id = $2
		and request_type = 'AUTHENTICATION_REQUEST'`, tokenID, key).Scan(&known)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return known, err
	}
	tag, err := t.tx.Exec(ctx, `update event set request_id = $7, partner_id = coalesce($8, partner_id)
		where token_id = $1 and event_id = (select event_id from event where token_id = $1
			and request_type = 'AUTHENTICATION_REQUEST' and request_id is null and date_trunc('second', created_at) = $2
			and coalesce(login_mode, '') = $3 and (status = 'SUCCESS') = $4 and coalesce(partner_name, '') = $5
			and coalesce(ref_hash, '') = $6 limit 1)`,
		tokenID, a.At, a.LoginMode, a.Succeeded, a.PartnerName, a.RefHash, key, partnerID)
	return tag.RowsAffected() == 1, err
}
