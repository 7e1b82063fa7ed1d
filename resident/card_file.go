package resident

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/datashare"
	"github.com/resident-graph/resident-graph/upstream/digitalcard"
)

const pdfType = "application/pdf"

// keptWithEvent is longer than any event is kept: what has it goes when the last event about it does.
const keptWithEvent = 200 * 365 * 24 * time.Hour

// cardFile fetches a card that is not kept here, and keeps it: Data Share allows few fetches, so of all who ask at the
// same time one fetches and the others wait.
func (s *Service) cardFile(ctx context.Context, who *Resident, ref FileRef) (*File, error) {
	e, err := s.Store.Event(ctx, who.TokenID, ref.EventID)
	if err != nil {
		return nil, err
	}
	c := cardOf(e)
	switch {
	case c == nil || c.State == CardPreparing || c.State == CardFailed:
		return nil, Refuse(NotFound)
	case c.State == CardExpired || c.madeHere():
		return nil, Refuse(Expired)
	}
	// It goes on when the resident goes away: what was fetched counts.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*s.Deadline)
	defer cancel()
	wake, stop := s.Wakes.Follow(who.TokenID)
	defer stop()
	for {
		f, err := s.keptFile(ctx, who.TokenID, ref.Key)
		if err == nil { // whoever fetched it may have done so for another event
			return f, s.fetchedBefore(ctx, who, ref, f)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		now := s.Now().UTC()
		ours, err := s.Store.ClaimFile(ctx, who.TokenID, ref.Key, now, now.Add(2*s.Deadline))
		if err != nil {
			return nil, err
		}
		if ours {
			return s.fetchCard(ctx, who, c, ref, now)
		}
		select {
		case <-ctx.Done():
			return nil, &Error{Code: Conflict, RetryAfter: 1}
		case <-wake:
		case <-time.After(s.Deadline / 16):
		}
	}
}

// fetchCard fetches a card under a claim. A card that is gone moves its event, so that all devices see it.
func (s *Service) fetchCard(ctx context.Context, who *Resident, c *Card, ref FileRef, claimed time.Time) (*File, error) {
	content, err := s.cardContent(ctx, who, c.Event)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline) // however long the fetching took
	defer cancel()
	if err == nil {
		f := &File{Name: c.FileName(), MediaType: pdfType, Content: content, MadeAt: s.Now().UTC()}
		if err := s.keepCard(after, c.Event, ref, f); err != nil { // served all the same: fetching it again may not be possible
			s.Log.ErrorContext(ctx, "a card is not kept", "event", ref.EventID, "error", err)
		}
		return f, nil
	}
	if err := s.Store.ReleaseFile(after, who.TokenID, ref.Key, claimed); err != nil {
		s.Log.WarnContext(ctx, "a claim stays until it ends by itself", "event", ref.EventID, "error", err)
	}
	switch {
	case errors.Is(err, datashare.ErrGone):
		return nil, s.cardGone(after, c.Event)
	case errors.Is(err, datashare.ErrForeign), errors.Is(err, datashare.ErrNotPDF):
		s.Log.ErrorContext(ctx, "what came is no card", "event", ref.EventID, "error", err)
		return nil, Wrap(UpstreamUnavailable, err)
	}
	return nil, err
}

// cardContent fetches a card from where its request has it, else, when that share is gone, from where the Digital Card
// Service has it.
func (s *Service) cardContent(ctx context.Context, who *Resident, e *store.Event) ([]byte, error) {
	requestID := cardRequestID(e)
	if s.Credentials == nil || s.DataShare == nil || requestID == "" {
		return nil, &Error{Code: UpstreamUnavailable}
	}
	if _, err := s.Vault.Seal(ctx, nil); err != nil { // what cannot be kept stays where it is: it can be fetched a few times only
		return nil, err
	}
	status, err := s.Credentials.Status(ctx, requestID)
	if err != nil && !upstream.HasCode(err, credential.NotFound) {
		return nil, err
	}
	first, ready := status.CardURL()
	if ready {
		content, err := s.DataShare.PDF(ctx, first)
		if !errors.Is(err, datashare.ErrGone) {
			return content, err
		}
	}
	second, err := s.otherCardURL(ctx, who, e, requestID)
	switch {
	case err != nil:
		return nil, err
	case second == "" || second == first:
		return nil, datashare.ErrGone
	}
	return s.DataShare.PDF(ctx, second)
}

// cardRequestID answers the id of the credential request behind an event's card, "" for none.
func cardRequestID(e *store.Event) string {
	switch {
	case e.CredentialRequestID != nil:
		return *e.CredentialRequestID
	case e.AID != nil:
		return *e.AID + credential.CardSuffix
	}
	return ""
}

// otherCardURL asks the Digital Card Service where a card is, "" when it has none.
func (s *Service) otherCardURL(ctx context.Context, who *Resident, e *store.Event, requestID string) (string, error) {
	if s.DigitalCards == nil {
		return "", nil
	}
	id, byAID := strings.CutSuffix(requestID, credential.CardSuffix)
	if !byAID {
		if e.RefHash == nil {
			return "", nil
		}
		v := s.vidByHash(ctx, who, *e.RefHash)
		if v == nil {
			return "", nil
		}
		id = v.Number
	}
	card, err := s.DigitalCards.Card(ctx, id)
	if errors.Is(err, digitalcard.ErrNotReady) {
		return "", nil
	}
	return card.URL, err
}

// keepCard keeps a card that was fetched, and says so in its event.
func (s *Service) keepCard(ctx context.Context, e *store.Event, ref FileRef, f *File) error {
	keep := s.Cards.Kept
	if keep == 0 {
		keep = keptWithEvent
	}
	sealed, err := s.sealFile(ctx, e.TokenID, ref.Key, f, keep)
	if err != nil {
		return err
	}
	err = s.Store.InTx(ctx, func(tx store.Tx) error {
		now, err := tx.LockEvent(ctx, e.TokenID, e.EventID)
		if err != nil {
			return err
		}
		if err := tx.KeepFile(ctx, sealed); err != nil {
			return err
		}
		_, err = s.advance(ctx, tx, now, cardDownloaded, FromResident)
		return err
	})
	if err == nil {
		s.wake(ctx, e.TokenID)
	}
	return err
}

// fetchedBefore says in the event of a link that its card was fetched, which another event about the same request may have
// done before, and names the file after it.
func (s *Service) fetchedBefore(ctx context.Context, who *Resident, ref FileRef, f *File) error {
	moved := false
	err := s.Store.InTx(ctx, func(tx store.Tx) error {
		e, err := tx.LockEvent(ctx, who.TokenID, ref.EventID)
		if err != nil {
			return err
		}
		f.Name = (&Card{Event: e}).FileName()
		moved, err = s.advance(ctx, tx, e, cardDownloaded, FromResident)
		return err
	})
	if moved && err == nil {
		s.wake(ctx, who.TokenID)
	}
	return err
}

// cardGone records that a card can no longer be fetched, and answers EXPIRED.
func (s *Service) cardGone(ctx context.Context, e *store.Event) error {
	err := s.Store.InTx(ctx, func(tx store.Tx) error {
		now, err := tx.LockEvent(ctx, e.TokenID, e.EventID)
		if err != nil || now.Status != store.Success || now.ErrorCode != nil {
			return err
		}
		code := string(Expired)
		now.ErrorCode, now.UpdatedAt = &code, s.Now().UTC()
		return tx.UpdateEvent(ctx, now, FromCredentials)
	})
	if err != nil {
		return err
	}
	s.wake(ctx, e.TokenID)
	return Refuse(Expired)
}
