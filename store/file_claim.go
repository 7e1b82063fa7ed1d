package store

import (
	"context"
	"time"
)

// A row without content says that somebody is fetching the file just now.
const claimFile = `insert into file (token_id, key, name, media_type, sealed, made_at, expires_at)
	values ($1,$2,'','','',$3,$4) on conflict (token_id, key) do update set name = '', media_type = '', sealed = '',
	made_at = excluded.made_at, expires_at = excluded.expires_at where file.expires_at <= excluded.made_at`

// ClaimFile answers true when the caller alone is to make a file, until a time; false while another makes it or it is
// kept. What is made is given to KeepFile; what is not, to ReleaseFile.
func (s *Store) ClaimFile(ctx context.Context, tokenID, key string, now, until time.Time) (bool, error) {
	tag, err := s.pool.Exec(ctx, claimFile, tokenID, key, now, until)
	return tag.RowsAffected() == 1, err
}

const releaseFile = `delete from file where token_id = $1 and key = $2 and made_at = $3 and octet_length(sealed) = 0`

// ReleaseFile gives up the claim of a time, so that another can make the file.
func (s *Store) ReleaseFile(ctx context.Context, tokenID, key string, claimed time.Time) error {
	_, err := s.pool.Exec(ctx, releaseFile, tokenID, key, claimed)
	return err
}
