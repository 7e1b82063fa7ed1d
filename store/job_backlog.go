package store

import (
	"context"
	"time"
)

// Backlog is what waits, and what waits for an operator.
type Backlog struct {
	OpenEvents       int
	OldestOpen       *time.Time // when the oldest open event was made; nil: none is open
	WaitingJobs      int
	ParkedJobs       int // messages and audit records that nobody will send any more
	ParkedDeliveries int // WebSub messages that could not be applied
}

// Backlog counts what waits.
func (s *Store) Backlog(ctx context.Context) (*Backlog, error) {
	return one[Backlog](s.pool.Query(ctx, `select
		(select count(*) from event where status = 'IN_PROGRESS') as open_events,
		(select min(created_at) from event where status = 'IN_PROGRESS') as oldest_open,
		(select count(*) from river_job where state in ('available', 'running', 'retryable', 'scheduled')) as waiting_jobs,
		(select count(*) from river_job where state in ('cancelled', 'discarded')) as parked_jobs,
		(select count(*) from delivery where parked is not null) as parked_deliveries`))
}
