package resident

import (
	"bytes"
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// GrievanceCase is a grievance as those see it who answer it.
type GrievanceCase struct {
	Grievance
	RequestType *store.RequestType
	EventStatus *store.EventStatus
}

// Operator is a member of the operator's staff, by whatever tells them from others.
type Operator struct{ Subject string }

// GrievanceQueue answers up to limit grievances of all residents that stand so, after a place, the one that waits
// longest first.
func (s *Service) GrievanceQueue(ctx context.Context, status store.GrievanceStatus, after *store.GrievancePlace, limit int) ([]*GrievanceCase, error) {
	kept, err := s.Store.GrievanceQueue(ctx, status, after, limit)
	if err != nil {
		return nil, err
	}
	found := make([]*GrievanceCase, len(kept))
	for i, k := range kept {
		if found[i], err = s.openCase(ctx, k); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// GrievanceCase answers the grievance of a ticket, or NOT_FOUND.
func (s *Service) GrievanceCase(ctx context.Context, ticketID string) (*GrievanceCase, error) {
	if uuid.Validate(ticketID) != nil {
		return nil, Refuse(NotFound, "ticketId")
	}
	kept, err := s.Store.GrievanceCase(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	return s.openCase(ctx, kept)
}

func (s *Service) openCase(ctx context.Context, kept *store.GrievanceCase) (*GrievanceCase, error) {
	g, err := s.openGrievance(ctx, &kept.Grievance)
	if err != nil {
		return nil, err
	}
	return &GrievanceCase{Grievance: *g, RequestType: kept.RequestType, EventStatus: kept.EventStatus}, nil
}

// GrievanceAnswer is what an operator answers.
type GrievanceAnswer struct {
	TicketID string
	Message  string
	Close    bool
}

// AnswerGrievance adds an answer to a grievance and pushes it to the resident. CONFLICT says that it is closed.
func (s *Service) AnswerGrievance(ctx context.Context, by Operator, idempotencyKey string, a GrievanceAnswer) (*GrievanceCase, error) {
	claim, err := claimOf(upstream.RefHash(by.Subject), "answerGrievance", idempotencyKey, a)
	switch {
	case err != nil:
		return nil, err
	case uuid.Validate(a.TicketID) != nil:
		return nil, Refuse(NotFound, "input", "ticketId")
	}
	if err := checkText(a.Message, longestReply, "input", "message"); err != nil {
		return nil, err
	}
	about, err := s.answerOnce(ctx, by, claim, a)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, Refuse(NotFound, "input", "ticketId")
	case err != nil:
		return nil, err
	}
	s.wake(ctx, about.TokenID)
	return s.GrievanceCase(ctx, a.TicketID)
}

// errRewritten says that somebody has written a grievance anew since it was read.
var errRewritten = errors.New("the grievance was written anew meanwhile")

// answerOnce adds an answer and answers what it was added to. What was written is opened and sealed before the
// transaction, which must not wait for Key Manager; when somebody else has written meanwhile, it begins again.
func (s *Service) answerOnce(ctx context.Context, by Operator, c claim, a GrievanceAnswer) (*store.GrievanceCase, error) {
	for {
		about, err := s.Store.GrievanceCase(ctx, a.TicketID)
		if err != nil {
			return nil, err
		}
		g, err := s.answered(ctx, &about.Grievance, a)
		if err != nil {
			return nil, err
		}
		_, err = s.once(ctx, c, a.TicketID, func(tx store.Tx) error { return s.keepAnswer(ctx, tx, by, about.Sealed, g) })
		if !errors.Is(err, errRewritten) {
			return about, err
		}
	}
}

// answered answers a grievance with one more answer, sealed.
func (s *Service) answered(ctx context.Context, kept *store.Grievance, a GrievanceAnswer) (*Grievance, error) {
	g, err := s.openGrievance(ctx, kept)
	if err != nil {
		return nil, err
	}
	now := s.Now().UTC()
	g.Replies = append(g.Replies, &GrievanceReply{Message: a.Message, At: now})
	g.Status, g.UpdatedAt = store.GrievanceAnswered, now
	if a.Close {
		g.Status = store.GrievanceClosed
	}
	return g, s.sealGrievance(ctx, g)
}

// keepAnswer writes a grievance that was answered, which was sealed as read says before, and what follows from it: the
// event first, as whoever moves one does.
func (s *Service) keepAnswer(ctx context.Context, tx store.Tx, by Operator, read []byte, g *Grievance) error {
	e, err := tx.LockEvent(ctx, g.TokenID, g.EventID)
	if err != nil {
		return err
	}
	kept, err := tx.LockGrievance(ctx, g.TicketID)
	switch {
	case err != nil:
		return err
	case kept.Status == store.GrievanceClosed:
		return Refuse(Conflict, "input", "ticketId")
	case !bytes.Equal(kept.Sealed, read):
		return errRewritten
	}
	if err := tx.AnswerGrievance(ctx, &g.Grievance, changeOf(e, FromOperator, g.UpdatedAt)); err != nil {
		return err
	}
	record := auditRecord{At: g.UpdatedAt, User: upstream.RefHash(by.Subject), Reference: "answer " + g.TicketID}
	return s.Outgoing.queue.Add(ctx, tx, s.Outgoing.auditJob("GRIEVANCE_TICKET_REQUEST_SUCCESS", record))
}
