package resident

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/resident-graph/resident-graph/store"
)

// HistoryFilter says which events a resident wants to see. What is left out does not restrict; what is given must all
// hold.
type HistoryFilter struct {
	// Text is part of an EID.
	Text     *string
	Types    []ServiceType
	Statuses []store.EventStatus
	// From and To are days in UTC, both included.
	From, To *time.Time
	Pinned   *bool
	// Access leaves only uses of the identity.
	Access bool
}

// digits is what EIDs are made of.
var digits = regexp.MustCompile(`^[0-9]+$`)

// longestText is the length of an EID: no longer text can be part of one.
const longestText = 16

// DefaultMaxPins is how many events a resident can pin where the country says nothing.
const DefaultMaxPins = 3

// History answers a page of the resident's events: pinned first, then by time. INVALID names the part of the filter that
// cannot be.
func (s *Service) History(ctx context.Context, who *Resident, f HistoryFilter, p store.HistoryPage) ([]*store.Event, error) {
	filter, err := f.stored()
	if err != nil {
		return nil, err
	}
	return s.Store.History(ctx, who.TokenID, filter, p)
}

// stored answers the filter in the words of the store.
func (f HistoryFilter) stored() (store.EventFilter, error) {
	filter := store.EventFilter{Types: listedTypes, Statuses: allStatuses, From: f.From, Pinned: f.Pinned}
	if f.Access || len(f.Types) > 0 {
		filter.Types = typesWhere(func(m machine) bool {
			return m.serviceType != "" && (!f.Access || m.access != "") &&
				(len(f.Types) == 0 || slices.Contains(f.Types, m.serviceType))
		})
	}
	if len(f.Statuses) > 0 {
		filter.Statuses = f.Statuses
	}
	for i, day := range []*time.Time{f.From, f.To} {
		if day != nil && (day.Year() < 1 || day.Year() > 9998) {
			return filter, Refuse(Invalid, "filter", []string{"from", "to"}[i])
		}
	}
	if f.To != nil {
		if f.From != nil && f.From.After(*f.To) {
			return filter, Refuse(Invalid, "filter", "from")
		}
		next := f.To.AddDate(0, 0, 1) // the day is over when the next begins, so midnight belongs to one day only
		filter.To = &next
	}
	if f.Text != nil && *f.Text != "" {
		if utf8.RuneCountInString(*f.Text) > longestText {
			return filter, Refuse(Invalid, "filter", "text")
		}
		if !digits.MatchString(*f.Text) {
			filter.Types = []store.RequestType{} // no EID holds such text
			return filter, nil
		}
		filter.Text = *f.Text
	}
	return filter, nil
}

// PinEvent pins one of the resident's events, or unpins it, and answers it. CONFLICT says that maxPins are pinned
// already. To ask for what is so already changes nothing.
func (s *Service) PinEvent(ctx context.Context, who *Resident, eventID string, pinned bool, maxPins int) (*store.Event, error) {
	return s.changeQuietly(ctx, who, eventID, func(tx store.Tx, e *store.Event, c *store.Change) (bool, error) {
		if e.Pinned == pinned {
			return false, nil
		}
		if pinned {
			n, err := tx.Pins(ctx, who.TokenID)
			if err == nil && n >= maxPins {
				err = &Error{Code: Conflict, Path: []string{"input", "pinned"}, sentence: "TOO_MANY_PINS"}
			}
			if err != nil {
				return false, err
			}
		}
		e.Pinned = pinned
		return true, tx.PinEvent(ctx, e, c)
	})
}

// ReadEvent marks one of the resident's events as read and answers it. To read it again changes nothing.
func (s *Service) ReadEvent(ctx context.Context, who *Resident, eventID string) (*store.Event, error) {
	return s.changeQuietly(ctx, who, eventID, func(tx store.Tx, e *store.Event, c *store.Change) (bool, error) {
		if e.Read {
			return false, nil
		}
		e.Read = true
		return true, tx.ReadEvent(ctx, e, c)
	})
}

// changeQuietly changes how an event is shown, not how it stands. It is recorded and pushed all the same, so that the
// resident's other devices show it; change answers whether there was anything to do.
func (s *Service) changeQuietly(ctx context.Context, who *Resident, eventID string,
	change func(store.Tx, *store.Event, *store.Change) (bool, error)) (e *store.Event, err error) {
	if !digits.MatchString(eventID) {
		return nil, Refuse(NotFound, "input", "eventId")
	}
	changed := false
	err = s.Store.InTx(ctx, func(tx store.Tx) error {
		if e, err = tx.LockEvent(ctx, who.TokenID, eventID); err != nil {
			return err
		}
		changed, err = change(tx, e, changeOf(e, FromResident, s.Now().UTC()))
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, Refuse(NotFound, "input", "eventId")
	case err != nil:
		return nil, err
	}
	if changed {
		s.wake(ctx, who.TokenID)
	}
	return e, nil
}
