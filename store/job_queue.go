package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Queue keeps jobs in Postgres, written in the transactions of what they follow from.
type Queue struct{ client *river.Client[pgx.Tx] }

// migrating is the advisory lock under which one replica brings River's tables up to date.
const migrating = 0x7265736a6f6273 // "resjobs"

// NewQueue brings River's tables up to date and makes a queue; it works on jobs once it is started.
func (s *Store) NewQueue(ctx context.Context, config *river.Config) (*Queue, error) {
	driver := riverpgxv5.New(s.pool)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: config.Logger})
	if err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1)`, migrating); err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if _, unlockErr := conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, migrating); err == nil {
		err = unlockErr
	}
	if err != nil {
		return nil, fmt.Errorf("job tables: %w", err)
	}
	client, err := river.NewClient(driver, config)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Queue{client: client}, nil
}

// Start works on jobs until Stop.
func (q *Queue) Start(ctx context.Context) error { return q.client.Start(ctx) }

// Stop takes no more jobs and waits for those under way until ctx ends; then they are cancelled.
func (q *Queue) Stop(ctx context.Context) error {
	if err := q.client.Stop(ctx); err != nil {
		return q.client.StopAndCancel(context.WithoutCancel(ctx))
	}
	return nil
}

// Add adds jobs that are seen when the transaction is.
func (q *Queue) Add(ctx context.Context, tx Tx, jobs ...river.InsertManyParams) error {
	if len(jobs) == 0 {
		return nil
	}
	if _, err := q.client.InsertManyTx(ctx, tx.tx, jobs); err != nil {
		return fmt.Errorf("add jobs: %w", err)
	}
	return nil
}

// Complete marks a job as done together with what the transaction writes.
func Complete[A river.JobArgs](ctx context.Context, tx Tx, job *river.Job[A]) error {
	if _, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx.tx, job); err != nil {
		return fmt.Errorf("complete a job: %w", err)
	}
	return nil
}
