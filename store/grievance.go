package store

import (
	"context"
	"time"
)

// GrievanceStatus is how a grievance stands.
type GrievanceStatus string

// The states of a grievance, in their order.
const (
	GrievanceOpen     GrievanceStatus = "OPEN"
	GrievanceAnswered GrievanceStatus = "ANSWERED"
	GrievanceClosed   GrievanceStatus = "CLOSED"
)

// Grievance is what a resident complained of, as it is kept: Sealed is all that was written about it.
type Grievance struct {
	TokenID   string
	TicketID  string
	EventID   string
	Status    GrievanceStatus
	Sealed    []byte
	CreatedAt time.Time
	UpdatedAt time.Time
}

const grievanceColumns = `token_id, ticket_id, event_id, status, sealed, created_at, updated_at`

const insertGrievance = `insert into grievance (` + grievanceColumns + `) values ($1,$2,$3,$4,$5,$6,$7)`

// InsertGrievance adds a grievance and records that as a change of its event, which is no news: the resident made it.
func (t Tx) InsertGrievance(ctx context.Context, g *Grievance, c *Change) error {
	if _, err := t.tx.Exec(ctx, insertGrievance, g.TokenID, g.TicketID, g.EventID, g.Status, g.Sealed, g.CreatedAt, g.UpdatedAt); err != nil {
		return err
	}
	return t.recordChange(ctx, c)
}

const updateGrievance = `update grievance set status = $3, sealed = $4, updated_at = $5
	where token_id = $1 and ticket_id = $2`

// An answer is news of an event that moved by itself, whatever the event is: it rings the bell.
const ringEvent = `with next as (` + nextSeq + `),
	changed as (
		insert into event_change (token_id, seq, event_id, status, status_detail, source, at)
		select $1, seq, $2, $3, $4, $5, $6 from next)
	update event set async = true, read = false, news = next.seq, updated_at = $6
	from next where token_id = $1 and event_id = $2`

// AnswerGrievance keeps what was answered, and makes it the news of the event. The event must be locked before.
func (t Tx) AnswerGrievance(ctx context.Context, g *Grievance, c *Change) error {
	if _, err := t.tx.Exec(ctx, updateGrievance, g.TokenID, g.TicketID, g.Status, g.Sealed, g.UpdatedAt); err != nil {
		return err
	}
	_, err := t.tx.Exec(ctx, ringEvent, c.TokenID, c.EventID, c.Status, c.StatusDetail, c.Source, c.At)
	return err
}

const lockGrievance = `select ` + grievanceColumns + ` from grievance where ticket_id = $1 for update`

// LockGrievance answers a grievance by its ticket and keeps it from changing until the transaction ends.
func (t Tx) LockGrievance(ctx context.Context, ticketID string) (*Grievance, error) {
	return one[Grievance](t.tx.Query(ctx, lockGrievance, ticketID))
}

const selectGrievance = `select ` + grievanceColumns + ` from grievance where token_id = $1 and ticket_id = $2`

// Grievance answers one grievance of a resident, or ErrNotFound.
func (s *Store) Grievance(ctx context.Context, tokenID, ticketID string) (*Grievance, error) {
	return one[Grievance](s.pool.Query(ctx, selectGrievance, tokenID, ticketID))
}

// GrievancePlace is where a grievance stands in a list.
type GrievancePlace struct {
	CreatedAt time.Time
	TicketID  string
}

const selectGrievances = `select ` + grievanceColumns + ` from grievance
	where token_id = $1 and (created_at, ticket_id) < ($2, $3) order by created_at desc, ticket_id desc limit $4`

// Grievances answers up to limit grievances of a resident after a place (nil: from the newest), newest first.
func (s *Store) Grievances(ctx context.Context, tokenID string, after *GrievancePlace, limit int) ([]*Grievance, error) {
	if after == nil {
		after = &GrievancePlace{CreatedAt: end, TicketID: lastTicket}
	}
	return many[Grievance](s.pool.Query(ctx, selectGrievances, tokenID, after.CreatedAt, after.TicketID, limit))
}

const selectGrievancesOf = `select ` + grievanceColumns + ` from grievance
	where token_id = $1 and event_id = any($2) order by created_at, ticket_id`

// GrievancesOf answers the grievances about some events of a resident, oldest first.
func (s *Store) GrievancesOf(ctx context.Context, tokenID string, eventIDs []string) ([]*Grievance, error) {
	return many[Grievance](s.pool.Query(ctx, selectGrievancesOf, tokenID, eventIDs))
}
