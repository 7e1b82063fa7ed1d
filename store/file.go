package store

import (
	"context"
	"time"
)

// File is a file as it is kept: Sealed is its content.
type File struct {
	TokenID   string
	Key       string
	Name      string
	MediaType string
	Sealed    []byte
	MadeAt    time.Time
	ExpiresAt time.Time
}

const keepFile = `insert into file (token_id, key, name, media_type, sealed, made_at, expires_at)
	values ($1,$2,$3,$4,$5,$6,$7) on conflict (token_id, key) do update set name = excluded.name,
	media_type = excluded.media_type, sealed = excluded.sealed, made_at = excluded.made_at, expires_at = excluded.expires_at`

// KeepFile keeps a file under its key; one that was kept under it before is replaced.
func (t Tx) KeepFile(ctx context.Context, f *File) error {
	_, err := t.tx.Exec(ctx, keepFile, f.TokenID, f.Key, f.Name, f.MediaType, f.Sealed, f.MadeAt, f.ExpiresAt)
	return err
}

const selectFile = `select token_id, key, name, media_type, sealed, made_at, expires_at from file
	where token_id = $1 and key = $2 and expires_at > $3 and octet_length(sealed) > 0`

// File answers a file that is still kept, or ErrNotFound.
func (s *Store) File(ctx context.Context, tokenID, key string, now time.Time) (*File, error) {
	return one[File](s.pool.Query(ctx, selectFile, tokenID, key, now))
}

const selectFileExpiries = `select key, expires_at from file where token_id = $1 and key = any($2) and expires_at > $3
	and octet_length(sealed) > 0`

// FilesKept answers until when each of some files is kept, by key; what is no longer kept is left out.
func (s *Store) FilesKept(ctx context.Context, tokenID string, keys []string, now time.Time) (map[string]time.Time, error) {
	type row struct {
		Key       string
		ExpiresAt time.Time
	}
	rows, err := many[row](s.pool.Query(ctx, selectFileExpiries, tokenID, keys, now))
	kept := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		kept[r.Key] = r.ExpiresAt
	}
	return kept, err
}

const deleteFile = `delete from file where token_id = $1 and key = $2 and made_at = $3`

// DropFile forgets a file, unless another is kept under its key meanwhile.
func (s *Store) DropFile(ctx context.Context, f *File) error {
	_, err := s.pool.Exec(ctx, deleteFile, f.TokenID, f.Key, f.MadeAt)
	return err
}

const deleteOldFiles = `delete from file where (token_id, key) in
	(select token_id, key from file where expires_at < $1 order by expires_at limit $2 for update skip locked)`

// DropOldFiles forgets up to limit files that are no longer kept, and answers how many they were.
func (s *Store) DropOldFiles(ctx context.Context, now time.Time, limit int) (int64, error) {
	tag, err := s.pool.Exec(ctx, deleteOldFiles, now, limit)
	return tag.RowsAffected(), err
}
