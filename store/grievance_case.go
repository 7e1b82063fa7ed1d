package store

import "context"

// GrievanceCase is a grievance with its event in brief; the event is nil when it is no longer kept.
type GrievanceCase struct {
	Grievance
	RequestType *RequestType
	EventStatus *EventStatus
}

// The ends of a list of tickets.
const (
	firstTicket = "00000000-0000-0000-0000-000000000000"
	lastTicket  = "ffffffff-ffff-ffff-ffff-ffffffffffff"
)

const selectCases = `select g.token_id, g.ticket_id, g.event_id, g.status, g.sealed, g.created_at, g.updated_at,
	e.request_type, e.status as event_status
	from grievance g left join event e on e.token_id = g.token_id and e.event_id = g.event_id `

const selectGrievanceQueue = selectCases + `where g.status = $1 and (g.created_at, g.ticket_id) > ($2, $3)
	order by g.created_at, g.ticket_id limit $4`

// GrievanceQueue answers up to limit grievances of all residents that stand so, after a place (nil: from the oldest),
// oldest first.
func (s *Store) GrievanceQueue(ctx context.Context, status GrievanceStatus, after *GrievancePlace, limit int) ([]*GrievanceCase, error) {
	if after == nil {
		after = &GrievancePlace{CreatedAt: beginning, TicketID: firstTicket}
	}
	return many[GrievanceCase](s.pool.Query(ctx, selectGrievanceQueue, status, after.CreatedAt, after.TicketID, limit))
}

const selectCase = selectCases + `where g.ticket_id = $1`

// GrievanceCase answers one grievance of any resident by its ticket, or ErrNotFound.
func (s *Store) GrievanceCase(ctx context.Context, ticketID string) (*GrievanceCase, error) {
	return one[GrievanceCase](s.pool.Query(ctx, selectCase, ticketID))
}
