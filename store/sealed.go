package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SealedColumn is a column that holds what a Vault sealed: the key's id in its first four bytes.
type SealedColumn string

// The sealed columns. A new one needs a name here and its two statements below; a test fails for a column of bytes that
// is neither here nor named there as not sealed.
const (
	EventIndividualID        SealedColumn = "event.individual_id"
	GrievanceSealed          SealedColumn = "grievance.sealed"
	HistoryCheckIndividualID SealedColumn = "history_check.individual_id"
	FileSealed               SealedColumn = "file.sealed"
	IdempotencyResult        SealedColumn = "idempotency.result"
)

// SealedColumns is what a rotation of the data key goes through.
var SealedColumns = []SealedColumn{EventIndividualID, GrievanceSealed, HistoryCheckIndividualID, FileSealed, IdempotencyResult}

// AtOnce is how many rows are to be read at once: values of this column are held in memory, old and new.
func (c SealedColumn) AtOnce() int {
	if c == FileSealed { // each may have megabytes
		return 4
	}
	return 1000
}

// A place is the key of a row in two texts, the second empty where the key has one part.
const (
	selectSealedEvents = `select token_id, event_id as row_id, individual_id as sealed from event
		where (token_id, event_id) > ($1, $2) order by token_id, event_id limit $3`
	selectSealedGrievances = `select token_id, ticket_id::text as row_id, sealed from grievance
		where (token_id, ticket_id) > ($1, coalesce(nullif($2, ''), '` + firstTicket + `')::uuid) order by token_id, ticket_id limit $3`
	selectSealedHistoryChecks = `select token_id, '' as row_id, individual_id as sealed from history_check
		where token_id > $1 and $2 = '' order by token_id limit $3`
	selectSealedFiles = `select token_id, key as row_id, sealed from file
		where (token_id, key) > ($1, $2) order by token_id, key limit $3`
	selectSealedResults = `select token_id, mutation || ' ' || key as row_id, result as sealed from idempotency
		where token_id >= $1 and (token_id, mutation || ' ' || key) > ($1, $2) order by token_id, mutation || ' ' || key limit $3`

	// A value that somebody has written anew since it was read stays as they left it.
	resealEvent        = `update event set individual_id = $4 where token_id = $1 and event_id = $2 and individual_id = $3`
	resealGrievance    = `update grievance set sealed = $4 where token_id = $1 and ticket_id = $2::uuid and sealed = $3`
	resealHistoryCheck = `update history_check set individual_id = $4 where token_id = $1 and $2 = '' and individual_id = $3`
	resealResult       = `update idempotency set result = $4 where token_id = $1 and mutation || ' ' || key = $2 and result = $3`
	resealFile         = `update file set sealed = $4 where token_id = $1 and key = $2 and sealed = $3`
)

// SealedValue is the value of a sealed column in one row; Sealed is nil where the row has none.
type SealedValue struct {
	TokenID string
	RowID   string
	Sealed  []byte
	// Anew is the value sealed with the new key, nil when it needs none.
	Anew []byte `db:"-"`
}

// SealedProgress is how far a rotation to KeyID is in a column: up to the row of TokenID and RowID, both empty at the
// start.
type SealedProgress struct {
	KeyID    int
	TokenID  string
	RowID    string
	Unopened int
	Finished bool
	// FinishedFor is for how long it has been finished.
	FinishedFor time.Duration
}

// SealedProgress answers how far the rotation to a key is in a column.
func (s *Store) SealedProgress(ctx context.Context, c SealedColumn, keyID int) (*SealedProgress, error) {
	p, err := one[SealedProgress](s.pool.Query(ctx, `select key_id, token_id, row_id, unopened, finished_at is not null as finished,
			coalesce(now() - finished_at, interval '0') as finished_for
		from data_key_progress where sealed_column = $1 and key_id = $2`, c, keyID))
	if errors.Is(err, ErrNotFound) {
		return &SealedProgress{KeyID: keyID}, nil
	}
	return p, err
}

// SealedValues answers the next rows of a column after the place of p, in the order of their keys: fewer than AtOnce at
// its end.
func (s *Store) SealedValues(ctx context.Context, c SealedColumn, p *SealedProgress) ([]*SealedValue, error) {
	var sql string
	switch c {
	case EventIndividualID:
		sql = selectSealedEvents
	case GrievanceSealed:
		sql = selectSealedGrievances
	case HistoryCheckIndividualID:
		sql = selectSealedHistoryChecks
	case FileSealed:
		sql = selectSealedFiles
	case IdempotencyResult:
		sql = selectSealedResults
	default:
		return nil, fmt.Errorf("%s has no statement", c)
	}
	return many[SealedValue](s.pool.Query(ctx, sql, p.TokenID, p.RowID, c.AtOnce()))
}

// Reseal writes the values that are sealed anew and keeps how far the rotation is, together or not at all. When somebody
// else holds a row for long it gives up: see IsLockTimeout.
func (s *Store) Reseal(ctx context.Context, c SealedColumn, values []*SealedValue, p *SealedProgress) error {
	var sql string
	switch c {
	case EventIndividualID:
		sql = resealEvent
	case GrievanceSealed:
		sql = resealGrievance
	case HistoryCheckIndividualID:
		sql = resealHistoryCheck
	case FileSealed:
		sql = resealFile
	case IdempotencyResult:
		sql = resealResult
	default:
		return fmt.Errorf("%s has no statement", c)
	}
	return s.InTx(ctx, func(t Tx) error {
		// A resident's request that holds one of these rows and waits for another goes first: Postgres would else end one
		// of us after a second, and perhaps not this one.
		if _, err := t.tx.Exec(ctx, `set local lock_timeout = '300ms'`); err != nil {
			return err
		}
		work := &pgx.Batch{}
		for _, v := range values {
			if v.Anew != nil {
				work.Queue(sql, v.TokenID, v.RowID, v.Sealed, v.Anew)
			}
		}
		work.Queue(`insert into data_key_progress (sealed_column, key_id, token_id, row_id, unopened, finished_at)
			values ($1, $2, $3, $4, $5, case when $6 then now() end)
			on conflict (sealed_column) do update set key_id = $2, token_id = $3, row_id = $4, unopened = $5,
				finished_at = case when $6 then now() end`, c, p.KeyID, p.TokenID, p.RowID, p.Unopened, p.Finished)
		return t.tx.SendBatch(ctx, work).Close()
	})
}

// IsLockTimeout says whether a statement gave up because somebody else held a row for long: it can be tried again.
func IsLockTimeout(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "55P03"
}
