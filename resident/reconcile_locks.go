package resident

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// lockState is what ID Repository holds of what a lock event asked for.
type lockState int

const (
	notHeld lockState = iota
	held
	// superseded is what a later request of the resident has replaced.
	superseded
)

// askLocks compares the open lock events of a resident with ID Repository. It tells nothing of ID Authentication, which
// cannot be read: what it holds counts as confirmed when no acknowledgement has come for long.
func (r *Reconciler) askLocks(ctx context.Context, events []*store.OpenEvent) error {
	s := r.service
	uin, err := s.uinOf(ctx, &events[0].Event)
	if err != nil {
		return err
	}
	asOf, oldest := s.Now().UTC(), events[0].CreatedAt
	statuses, err := s.Identity.AuthTypes(ctx, uin)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.CreatedAt.Before(oldest) {
			oldest = e.CreatedAt
		}
	}
	asked, err := s.Store.AuthLocksAsked(ctx, events[0].TokenID, oldest)
	if err != nil {
		return err
	}
	missed := false
	for _, e := range events {
		accepted := false
		moved, err := r.resolve(ctx, &e.Event, asOf, FromIDRepository, func(_ store.Tx, e *store.Event, b begun) (string, error) {
			accepted = b.accepted
			return r.lockWord(e, b, asked, statuses, asOf), nil
		})
		if err == nil && !moved {
			err = r.waitForLock(ctx, &e.Event, accepted, asOf)
		}
		if err != nil {
			return err
		}
		missed = missed || moved
	}
	if missed {
		r.hasten(ctx)
	}
	return nil
}

// waitForLock looks at a lock again when it can be decided: until then ID Repository has nothing to tell.
func (r *Reconciler) waitForLock(ctx context.Context, e *store.Event, accepted bool, asOf time.Time) error {
	confirmAt := r.confirmAt(e)
	if accepted && confirmAt.After(asOf) {
		return r.service.Store.CheckAt(ctx, e, confirmAt)
	}
	for _, due := range []time.Time{e.CreatedAt.Add(r.config.Grace + time.Second), confirmAt} {
		if due.After(asOf) {
			return r.service.Store.CheckAgain(ctx, e, due)
		}
	}
	return nil
}

// confirmAt is when a lock event counts as confirmed without an acknowledgement. When all that it asked for is temporary
// and over, there is nothing left to wait for.
func (r *Reconciler) confirmAt(e *store.Event) time.Time {
	var over time.Time
	for _, l := range e.Locks {
		if l.UnlockUntil == nil {
			over = time.Time{}
			break
		}
		if l.UnlockUntil.After(over) {
			over = *l.UnlockUntil
		}
	}
	confirmAt := e.CreatedAt.Add(r.config.ConfirmLocksAfter)
	if over.IsZero() || over.After(confirmAt) {
		return confirmAt
	}
	return over.Add(unlockSlack)
}

// lockWord answers what becomes of a lock event.
func (r *Reconciler) lockWord(e *store.Event, b begun, asked []*store.AuthLock, statuses []identity.AuthStatus, asOf time.Time) string {
	done, known := true, b.accepted
	for _, a := range asked {
		if a.EventID != e.EventID {
			continue
		}
		switch stateOf(a, asked, statuses, b.accepted, asOf) {
		case notHeld:
			done = false
		case held:
			known = true
		}
	}
	old := !asOf.Before(r.confirmAt(e))
	switch {
	case done && old && known:
		return "COMPLETED"
	case done && old: // all of it was replaced, and nothing tells that it was ever in force
		return notDone(e)
	case !done && (b.accepted && old || !b.accepted && b.late):
		return notDone(e)
	}
	return ""
}

// stateOf compares one thing that was asked for with what ID Repository holds.
func stateOf(a *store.AuthLock, asked []*store.AuthLock, statuses []identity.AuthStatus, accepted bool, asOf time.Time) lockState {
	for _, later := range asked {
		if later.Type == a.Type && later.EventID != a.EventID && later.RequestedAt.After(a.RequestedAt) {
			return superseded
		}
	}
	for _, now := range statuses {
		if string(now.Type) != a.Type {
			continue
		}
		over := a.UnlockUntil != nil && !asOf.Before(*a.UnlockUntil)
		switch {
		case over && (accepted || now.Locked): // it was unlocked for a while, and is locked again
			return held
		case over, now.Locked != a.Locked:
			return notHeld
		case a.UnlockUntil != nil && now.UnlockFor == 0: // unlocked, but for good
			return notHeld
		}
		return held
	}
	return notHeld
}
