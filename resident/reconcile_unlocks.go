package resident

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// unlockSlack is how far ID Repository's end of a temporary unlock may be from ours: it counts from when the request
// arrived, and tells whole seconds, rounded down.
const unlockSlack = 3 * time.Second

// forgetUnlockAfter is how long after its end an unlock is still asked about that ID Repository holds as one for good:
// another system made it so, and it does not end.
const forgetUnlockAfter = time.Minute

// endUnlocks tells residents of temporary unlocks that have ended. A temporary unlock always ends locked, at ID
// Repository and without a message of anybody, so it is read there when its time has come.
func (r *Reconciler) endUnlocks(ctx context.Context) (more bool, err error) {
	due, err := r.service.Store.TakeUnlocks(ctx, takeAtOnce)
	if err != nil || len(due) == 0 {
		return false, err
	}
	byResident := map[string][]*store.AuthLock{}
	for _, l := range due {
		byResident[l.TokenID] = append(byResident[l.TokenID], l)
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, theirs := range byResident {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, askWithin)
			defer cancel()
			if err := r.askUnlocks(ctx, theirs); err != nil { // it is asked again, later each time
				r.service.Log.DebugContext(ctx, "end of an unlock not asked about", "event", theirs[0].EventID, "error", err)
			}
			return nil
		})
	}
	_ = group.Wait() // none answers an error
	return len(due) == takeAtOnce, nil
}

// unlockEnds are the ways of authenticating of one event whose temporary unlock needs no more asking.
type unlockEnds struct{ ended, moot []string }

// askUnlocks compares the temporary unlocks of a resident with ID Repository and tells of those that have ended.
func (r *Reconciler) askUnlocks(ctx context.Context, due []*store.AuthLock) error {
	s := r.service
	e, err := s.Store.Event(ctx, due[0].TokenID, due[0].EventID)
	if err != nil {
		return err
	}
	uin, err := s.uinOf(ctx, e)
	if err != nil {
		return err
	}
	statuses, err := s.Identity.AuthTypes(ctx, uin)
	if err != nil {
		return err
	}
	oldest := due[0].RequestedAt
	for _, l := range due {
		if l.RequestedAt.Before(oldest) {
			oldest = l.RequestedAt
		}
	}
	asked, err := s.Store.AuthLocksAsked(ctx, e.TokenID, oldest)
	if err != nil {
		return err
	}
	byEvent := map[string]*unlockEnds{}
	for _, l := range due {
		ends := byEvent[l.EventID]
		if ends == nil {
			ends = &unlockEnds{}
			byEvent[l.EventID] = ends
		}
		switch unlockState(l, asked, statuses, s.Now()) {
		case unlockEnded:
			ends.ended = append(ends.ended, l.Type)
		case unlockMoot:
			ends.moot = append(ends.moot, l.Type)
		}
	}
	for eventID, ends := range byEvent {
		if err := r.tellEnd(ctx, e.TokenID, eventID, ends); err != nil {
			return err
		}
	}
	return nil
}

// tellEnd records the end of unlocks as one change of their event, unless another replica has.
func (r *Reconciler) tellEnd(ctx context.Context, tokenID, eventID string, ends *unlockEnds) error {
	if len(ends.ended)+len(ends.moot) == 0 {
		return nil
	}
	told := false
	err := r.write(ctx, func(tx store.Tx) error {
		e, err := tx.LockEvent(ctx, tokenID, eventID)
		if err != nil {
			return err
		}
		change := changeOf(e, FromIDRepository, r.service.Now().UTC())
		if _, err := tx.EndUnlocks(ctx, change, ends.moot, false); err != nil {
			return err
		}
		told, err = tx.EndUnlocks(ctx, change, ends.ended, true)
		return err
	})
	if err == nil && told {
		r.service.wake(ctx, tokenID)
	}
	return err
}

// unlockEnd is what has become of a temporary unlock.
type unlockEnd int

const (
	unlockStands unlockEnd = iota
	unlockEnded
	// unlockMoot is an unlock that something later has replaced, so that its end means nothing.
	unlockMoot
)

// unlockState compares a temporary unlock that is over with what was asked for since and with ID Repository.
func unlockState(l *store.AuthLock, asked []*store.AuthLock, statuses []identity.AuthStatus, now time.Time) unlockEnd {
	open := false
	for _, later := range asked {
		if later.Type != l.Type || later.EventID == l.EventID || !later.RequestedAt.After(l.RequestedAt) {
			continue
		}
		if later.ConfirmedAt != nil {
			return unlockMoot
		}
		open = true
	}
	if open { // until it is known what becomes of the later one
		return unlockStands
	}
	for _, status := range statuses {
		switch {
		case string(status.Type) != l.Type:
		case status.Locked:
			return unlockEnded
		case status.UnlockFor == 0 && now.Sub(*l.UnlockUntil) > forgetUnlockAfter:
			return unlockMoot
		}
	}
	return unlockStands
}
