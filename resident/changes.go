package resident

import (
	"context"

	"github.com/resident-graph/resident-graph/store"
)

// changesAtOnce is how many changes are read at a time.
const changesAtOnce = 100

// Follow sends every change of the resident's events after a number, in order, each once, until ctx ends or the reader
// goes away. eventID keeps to one event; empty for all. It waits for wakes, but trusts only what the store holds.
// stopped is called with what ended it, nil when ctx did.
func (s *Service) Follow(ctx context.Context, who *Resident, after int64, eventID string, stopped func(error)) <-chan *EventChange {
	changes := make(chan *EventChange)
	wake, stop := s.Wakes.Follow(who.TokenID)
	go func() {
		defer close(changes)
		defer stop()
		for {
			next, err := s.sendAfter(ctx, who, after, eventID, changes)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				stopped(err)
				return
			}
			after = next
			select {
			case <-ctx.Done():
				return
			case <-wake:
			}
		}
	}()
	return changes
}

// sendAfter sends all changes after a number and answers the number of the last one.
func (s *Service) sendAfter(ctx context.Context, who *Resident, after int64, eventID string, to chan<- *EventChange) (int64, error) {
	for {
		found, err := s.Store.Changes(ctx, who.TokenID, after, changesAtOnce)
		if err != nil {
			return after, err
		}
		for _, c := range found {
			if c.Seq != after+1 { // what was between has been removed
				return after, &Error{Code: Expired}
			}
			after = c.Seq
			if eventID != "" && c.EventID != eventID {
				continue
			}
			change, err := s.eventChange(ctx, who, c)
			if err != nil {
				return after, err
			}
			select {
			case to <- change:
			case <-ctx.Done():
				return after, nil
			}
		}
		if len(found) < changesAtOnce {
			return after, nil
		}
	}
}

// eventChange answers a change with its event as the change left it, and a resident whose state is read anew.
func (s *Service) eventChange(ctx context.Context, who *Resident, c *store.Change) (*EventChange, error) {
	e, err := s.Store.Event(ctx, c.TokenID, c.EventID)
	if err != nil {
		return nil, err
	}
	e.Status, e.StatusDetail, e.UpdatedAt = c.Status, c.StatusDetail, c.At
	now := *who
	now.State, now.StateErr = s.Store.ResidentState(ctx, who.TokenID)
	return &EventChange{Seq: c.Seq, Event: e, Viewer: &now}, nil
}
