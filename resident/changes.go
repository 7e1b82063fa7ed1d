package resident

import (
	"context"

	"github.com/resident-graph/resident-graph/store"
)

// changesAtOnce is how many changes are read at a time.
const changesAtOnce = 100

// Follow sends every change of the resident's events after a number, in order, each once, until ctx ends. after nil is
// from now; eventID empty is all events. It waits for wakes, but trusts only what the store holds. EXPIRED says that
// changes after the number have been removed, INVALID that the number is not reached yet, NOT_FOUND that the event is
// not the resident's. What goes wrong later is the last thing sent, as EventChange.Err.
func (s *Service) Follow(ctx context.Context, who *Resident, after *int64, eventID string) (<-chan *EventChange, error) {
	from, err := s.followFrom(ctx, who, after, eventID)
	if err != nil {
		return nil, err
	}
	changes := make(chan *EventChange)
	wake, stop := s.Wakes.Follow(who.TokenID)
	go func() {
		defer close(changes)
		defer stop()
		for {
			if from, err = s.sendAfter(ctx, who, from, eventID, changes); err != nil {
				select {
				case changes <- &EventChange{Err: err}:
				case <-ctx.Done():
				}
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-wake:
			}
		}
	}()
	return changes, nil
}

// followFrom answers the number to go on from.
func (s *Service) followFrom(ctx context.Context, who *Resident, after *int64, eventID string) (int64, error) {
	if eventID != "" {
		if _, err := s.Event(ctx, who, eventID); err != nil {
			return 0, err
		}
	}
	state, err := s.Store.ResidentState(ctx, who.TokenID)
	if err != nil || after == nil {
		return seqOf(state), err
	}
	if *after > state.Seq {
		return 0, Refuse(Invalid, "after")
	}
	next, err := s.Store.Changes(ctx, who.TokenID, *after, 1)
	if err == nil && *after < state.Seq && (len(next) == 0 || next[0].Seq != *after+1) {
		err = Refuse(Expired, "after")
	}
	return *after, err
}

func seqOf(state *store.ResidentState) int64 {
	if state == nil {
		return 0
	}
	return state.Seq
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
	if c.Status != e.Status || c.StatusDetail != e.StatusDetail {
		e.Status, e.StatusDetail, e.UpdatedAt = c.Status, c.StatusDetail, c.At
	}
	now := *who
	now.State, now.StateErr = s.Store.ResidentState(ctx, who.TokenID)
	return &EventChange{Seq: c.Seq, Event: e, Viewer: &now}, nil
}
