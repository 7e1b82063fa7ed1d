package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const countAuthentications = `select ref_hash, count(*) from event where token_id = $1 and ref_hash = any($2)
	and request_type = 'AUTHENTICATION_REQUEST' and login_mode like '%-AUTH%' group by ref_hash`

// Authentications counts the resident's authentications per ref hash: how often each VID was used.
func (s *Store) Authentications(ctx context.Context, tokenID string, refHashes []string) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, countAuthentications, tokenID, refHashes)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(refHashes))
	var hash string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&hash, &n}, func() error { counts[hash] = n; return nil })
	return counts, err
}
