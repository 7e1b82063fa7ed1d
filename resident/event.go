package resident

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// The sources of a change: who reported it.
const (
	FromResident         = "RESIDENT"
	FromIDRepository     = "ID_REPOSITORY"
	FromIDAuthentication = "ID_AUTHENTICATION"
	FromCredentials      = "CREDENTIAL_SERVICE"
	FromRegistration     = "REGISTRATION_PROCESSOR"
	FromPrintPartner     = "PRINT_PARTNER"
	FromOperator         = "OPERATOR"
)

var eventIDs = new(big.Int).Sub(power10(16), power10(15))

func power10(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// newEventID answers a random EID: sixteen digits, the first not 0.
func newEventID() (string, error) {
	n, err := rand.Int(rand.Reader, eventIDs)
	if err != nil {
		return "", fmt.Errorf("event id: %w", err)
	}
	return n.Add(n, power10(15)).String(), nil
}

// newEvent answers an event of a resident that has just begun.
func (s *Service) newEvent(ctx context.Context, who *Resident, t store.RequestType) (*store.Event, error) {
	eventID, err := newEventID()
	if err != nil {
		return nil, err
	}
	sealed, err := s.Vault.Seal(ctx, []byte(who.UIN))
	if err != nil {
		return nil, err
	}
	m, now := machines[t], s.Now().UTC()
	return &store.Event{
		TokenID: who.TokenID, EventID: eventID, RequestType: t, Status: store.InProgress, StatusDetail: m.start,
		CreatedAt: now, UpdatedAt: now, Read: !m.async, Async: m.async, SignedInWith: &who.SignedInWith, LoginMode: &who.LoginMode,
		IndividualID: sealed,
	}, nil
}

// move moves an event forward to a word of its type and records the change. It answers false, and changes nothing,
// when that would not be forward. The event must be locked by the transaction.
func (s *Service) move(ctx context.Context, tx store.Tx, e *store.Event, word, source string) (bool, error) {
	to, moves := forward(e, word)
	if !moves {
		return false, nil
	}
	e.Status, e.StatusDetail, e.UpdatedAt = to, word, s.Now().UTC()
	if word == cardReady { // a card that was given up and came all the same
		e.ErrorCode, e.UpstreamCode = nil, nil
	}
	if source != FromResident && machines[e.RequestType].rings(word, to) { // what residents do themselves is no news to them
		e.Read = false
	}
	return true, tx.UpdateEvent(ctx, e, source)
}

// changeOf answers a change that leaves an event standing as it does.
func changeOf(e *store.Event, source string, at time.Time) *store.Change {
	return &store.Change{TokenID: e.TokenID, EventID: e.EventID, Status: e.Status, StatusDetail: e.StatusDetail, Source: source, At: at}
}

// idsOf answers the ids of events.
func idsOf(events []*store.Event) []string {
	ids := make([]string, len(events))
	for i, e := range events {
		ids[i] = e.EventID
	}
	return ids
}

// EventChange is one change of one event, as a subscription carries it. Event is as the change left it. Err is why
// there is no change: the stream ends with it.
type EventChange struct {
	Seq    int64
	Event  *store.Event
	Viewer *Resident
	Err    error
}

// Event answers one event of the resident, or NOT_FOUND: whether another resident has it does not show.
func (s *Service) Event(ctx context.Context, who *Resident, eventID string) (*store.Event, error) {
	if !digits.MatchString(eventID) {
		return nil, Refuse(NotFound)
	}
	e, err := s.Store.Event(ctx, who.TokenID, eventID)
	s.AuditRead(who, ReadEvent, eventID, err)
	return e, err
}
