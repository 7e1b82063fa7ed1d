package resident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/store"
)

// Grievance is what a resident complained of, opened.
type Grievance struct {
	store.Grievance
	GrievanceText
}

// GrievanceText is all that was written about a grievance; it is kept sealed.
type GrievanceText struct {
	Message        string            `json:"message"`
	AlternateEmail *string           `json:"alternateEmail,omitempty"`
	AlternatePhone *string           `json:"alternatePhone,omitempty"`
	Replies        []*GrievanceReply `json:"replies,omitempty"`
}

// GrievanceReply is what an operator answered.
type GrievanceReply struct {
	Message string    `json:"message"`
	At      time.Time `json:"at"`
}

// GrievanceReport is what a resident says is wrong with an event.
type GrievanceReport struct {
	EventID        string
	Message        string
	AlternateEmail *string
	AlternatePhone *string
}

// The bounds of what is written, in characters; those of addresses are MOSIP's.
const (
	longestGrievance = 1024
	longestReply     = 4096
	longestEmail     = 128
	longestPhone     = 64
)

// A resident reports at most grievancesAtOnce grievances within grievancesWithin.
const (
	grievancesAtOnce = 10
	grievancesWithin = 30 * time.Minute
)

var alternatePhoneShape = regexp.MustCompile(`^\+?[0-9][0-9 -]*$`)

// ReportGrievance keeps a grievance about one of the resident's events and answers it. NOT_FOUND says that the event is
// not the resident's, RATE_LIMITED that they complain too often.
func (s *Service) ReportGrievance(ctx context.Context, who *Resident, idempotencyKey string, r GrievanceReport) (*Grievance, error) {
	claim, err := claimOf(who.TokenID, "reportGrievance", idempotencyKey, r)
	if err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	now := s.Now().UTC()
	g := &Grievance{
		Grievance: store.Grievance{TokenID: who.TokenID, TicketID: uuid.NewString(), EventID: r.EventID,
			Status: store.GrievanceOpen, CreatedAt: now, UpdatedAt: now},
		GrievanceText: GrievanceText{Message: r.Message, AlternateEmail: r.AlternateEmail, AlternatePhone: r.AlternatePhone},
	}
	if err := s.sealGrievance(ctx, g); err != nil {
		return nil, err
	}
	ticketID, err := s.once(ctx, claim, g.TicketID, func(tx store.Tx) error { return s.keepGrievance(ctx, tx, who, g) })
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, Refuse(NotFound, "input", "eventId")
	case err != nil:
		return nil, err
	}
	s.wake(ctx, who.TokenID)
	return s.Grievance(ctx, who, ticketID)
}

// keepGrievance writes a grievance and what follows from it.
func (s *Service) keepGrievance(ctx context.Context, tx store.Tx, who *Resident, g *Grievance) error {
	e, err := tx.LockEvent(ctx, g.TokenID, g.EventID)
	if err != nil {
		return err
	}
	if err := tx.InsertGrievance(ctx, &g.Grievance, changeOf(e, FromResident, g.CreatedAt)); err != nil {
		return err
	}
	if err := allowGrievance(ctx, tx, g); err != nil {
		return err
	}
	record := s.auditOfResident(who.TokenID, who.IndividualID, who.SignedInWith)
	record.Reference = g.TicketID
	return s.Outgoing.queue.Add(ctx, tx, s.Outgoing.auditJob("GRIEVANCE_TICKET_REQUEST_SUCCESS", record))
}

// allowGrievance refuses when the resident has reported too many of late, as allowVid does: the resident's row is taken by
// the change that tells of this one.
func allowGrievance(ctx context.Context, tx store.Tx, g *Grievance) error {
	n, first, err := tx.Begun(ctx, g.TokenID, "reportGrievance", g.CreatedAt.Add(-grievancesWithin))
	if err != nil || n <= grievancesAtOnce { // this one is among them
		return err
	}
	return &Error{Code: RateLimited, RetryAfter: limits.Seconds(first.Add(grievancesWithin).Sub(g.CreatedAt))}
}

// check refuses what cannot be kept.
func (r GrievanceReport) check() error {
	switch {
	case !digits.MatchString(r.EventID):
		return Refuse(NotFound, "input", "eventId")
	case r.AlternateEmail != nil && (len(*r.AlternateEmail) > longestEmail || !emailShape.MatchString(*r.AlternateEmail)):
		return Refuse(Invalid, "input", "alternateEmail")
	case r.AlternatePhone != nil && (len(*r.AlternatePhone) > longestPhone || !alternatePhoneShape.MatchString(*r.AlternatePhone)):
		return Refuse(Invalid, "input", "alternatePhone")
	}
	return checkText(r.Message, longestGrievance, "input", "message")
}

// Grievance answers one grievance of the resident, or NOT_FOUND: whether another resident has it does not show.
func (s *Service) Grievance(ctx context.Context, who *Resident, ticketID string) (*Grievance, error) {
	kept, err := s.Store.Grievance(ctx, who.TokenID, ticketID)
	if err != nil {
		return nil, err
	}
	return s.openGrievance(ctx, kept)
}

// Grievances answers up to limit grievances of the resident after a place, newest first.
func (s *Service) Grievances(ctx context.Context, who *Resident, after *store.GrievancePlace, limit int) ([]*Grievance, error) {
	kept, err := s.Store.Grievances(ctx, who.TokenID, after, limit)
	if err != nil {
		return nil, err
	}
	found := make([]*Grievance, len(kept))
	for i, k := range kept {
		if found[i], err = s.openGrievance(ctx, k); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// GrievancesOf answers the grievances about some of the resident's events by event id, oldest first, in one statement.
func (s *Service) GrievancesOf(ctx context.Context, tokenID string, events []*store.Event) (map[string][]*Grievance, error) {
	kept, err := s.Store.GrievancesOf(ctx, tokenID, idsOf(events))
	if err != nil {
		return nil, err
	}
	found := make(map[string][]*Grievance, len(events))
	for _, e := range events {
		found[e.EventID] = []*Grievance{}
	}
	for _, k := range kept {
		g, err := s.openGrievance(ctx, k)
		if err != nil {
			return nil, err
		}
		found[k.EventID] = append(found[k.EventID], g)
	}
	return found, nil
}

// sealGrievance seals what was written into what is kept.
func (s *Service) sealGrievance(ctx context.Context, g *Grievance) error {
	text, err := json.Marshal(g.GrievanceText)
	if err == nil {
		g.Sealed, err = s.Vault.Seal(ctx, text)
	}
	if err != nil {
		return fmt.Errorf("seal a grievance: %w", err)
	}
	return nil
}

func (s *Service) openGrievance(ctx context.Context, kept *store.Grievance) (*Grievance, error) {
	g := &Grievance{Grievance: *kept}
	text, err := s.Vault.Open(ctx, kept.Sealed)
	if err == nil {
		err = json.Unmarshal(text, &g.GrievanceText)
	}
	if err != nil {
		return nil, fmt.Errorf("open a grievance: %w", err)
	}
	if g.Replies == nil {
		g.Replies = []*GrievanceReply{}
	}
	return g, nil
}
