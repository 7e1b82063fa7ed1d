package resident

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

// AuthLock is how one way of authenticating stands: Locked is what ID Authentication confirmed last, Pending what was
// asked for and is not confirmed yet.
type AuthLock struct {
	Type        identity.AuthType
	Locked      bool
	Pending     *bool
	UnlockUntil *time.Time
	ConfirmedAt *time.Time
}

// AuthLockChange asks for one lock or unlock.
type AuthLockChange struct {
	Type             identity.AuthType
	Locked           bool
	UnlockForSeconds *int
}

// longestUnlock bounds a temporary unlock, in seconds.
const longestUnlock = 24 * 60 * 60

// AuthLocks answers all six ways of authenticating in the order of the schema. ID Repository echoes a request before
// ID Authentication has it, so its answer is overlaid with the resident's open lock events.
func (s *Service) AuthLocks(ctx context.Context, who *Resident, statuses []identity.AuthStatus) ([]*AuthLock, error) {
	locks, err := s.overlaid(ctx, who, statuses)
	s.AuditRead(who, ReadAuthLocks, "", err)
	return locks, err
}

// overlaid answers how each way of authenticating stands.
func (s *Service) overlaid(ctx context.Context, who *Resident, statuses []identity.AuthStatus) ([]*AuthLock, error) {
	// After the upstream's answer, not beside it: read the other way round, a request that is made in between would be
	// shown as confirmed.
	asked, err := s.Store.AuthLocks(ctx, who.TokenID)
	if err != nil {
		return nil, err
	}
	now := s.Now().UTC()
	locks := make([]*AuthLock, 0, len(statuses))
	for _, status := range statuses {
		lock := &AuthLock{Type: status.Type, Locked: status.Locked}
		if status.UnlockFor > 0 {
			until := now.Add(status.UnlockFor).Truncate(time.Second)
			lock.UnlockUntil = &until
		}
		lock.overlay(asked, now)
		locks = append(locks, lock)
	}
	return locks, nil
}

// overlay puts what was asked for (oldest first) over ID Repository's answer of now. What was confirmed supersedes what was
// open before it.
func (l *AuthLock) overlay(asked []*store.AuthLock, now time.Time) {
	answered := *l
	var confirmed *store.AuthLock
	for _, a := range asked {
		if a.Type != string(l.Type) {
			continue
		}
		if a.ConfirmedAt != nil {
			*l, confirmed = answered, a
			l.ConfirmedAt = a.ConfirmedAt
			l.sharpen(a.UnlockUntil, now)
			continue
		}
		if l.Pending == nil { // the oldest open request
			l.Locked = a.Before
			if confirmed != nil && confirmed.ConfirmedAt.After(a.RequestedAt) { // which did not know of it
				l.Locked = confirmed.Locked || confirmed.UnlockUntil != nil && !now.Before(*confirmed.UnlockUntil)
			}
		}
		l.Pending, l.UnlockUntil = &a.Locked, a.UnlockUntil
	}
}

// sharpen takes the end of a temporary unlock from what was asked for where it is the one that ID Repository tells: that
// moves with every answer, and in the last second there is none, as if it were unlocked for good.
func (l *AuthLock) sharpen(asked *time.Time, now time.Time) {
	if l.Locked || asked == nil {
		return
	}
	told := now
	if l.UnlockUntil != nil {
		told = *l.UnlockUntil
	}
	if told.Sub(*asked).Abs() <= unlockSlack {
		l.UnlockUntil = asked
	}
}

// AuthLocksOf answers the locks that an event asked for, nil for an event that is not about locks.
func (s *Service) AuthLocksOf(ctx context.Context, e *store.Event) ([]*AuthLock, error) {
	if e.RequestType != store.AuthTypeLockUnlock {
		return nil, nil
	}
	asked := e.Locks
	if asked == nil { // the event was made here, not read
		kept, err := s.Store.AuthLocksOf(ctx, e.TokenID, e.EventID)
		if err != nil {
			return nil, err
		}
		for _, a := range kept {
			asked = append(asked, *a)
		}
	}
	locks := make([]*AuthLock, 0, len(asked))
	for _, t := range identity.AuthTypes {
		for _, a := range asked {
			if a.Type == string(t) {
				locks = append(locks, &AuthLock{Type: t, Locked: a.Locked, UnlockUntil: a.UnlockUntil, ConfirmedAt: a.ConfirmedAt})
			}
		}
	}
	return locks, nil
}

// SetAuthLocks asks ID Repository for locks and unlocks. The event stays in progress until ID Authentication has
// acknowledged it.
func (s *Service) SetAuthLocks(ctx context.Context, who *Resident, key string, changes []AuthLockChange) (*store.Event, error) {
	if err := checkChanges(changes); err != nil {
		return nil, err
	}
	var before map[identity.AuthType]bool
	temporary := slices.ContainsFunc(changes, func(c AuthLockChange) bool { return c.UnlockForSeconds != nil })
	return s.do(ctx, who, write{
		mutation: "setAuthLocks", key: key, input: changes, request: store.AuthTypeLockUnlock,
		check: func(ctx context.Context) (err error) {
			before, err = s.confirmedLocks(ctx, who)
			return err
		},
		prepare: func(e *store.Event) {
			requestID := uuid.NewString()
			e.RequestID = &requestID
			for _, c := range changes {
				e.Attributes = append(e.Attributes, string(c.Type))
			}
		},
		begin: func(ctx context.Context, tx store.Tx, e *store.Event) error {
			return keepAsked(ctx, tx, e, changes, before)
		},
		// A second temporary unlock restarts its clock, so it is not sent again.
		resend: !temporary,
		outdated: func(ctx context.Context, tx store.Tx, e *store.Event) (bool, error) {
			return tx.NewerAuthLock(ctx, e.TokenID, e.EventID)
		},
		call: func(ctx context.Context, e *store.Event) (string, error) {
			return "NEW", s.Identity.SetAuthTypes(ctx, who.UIN, *e.RequestID, wireChanges(changes))
		},
		end: func(ctx context.Context, tx store.Tx, e *store.Event, failed bool) error {
			if !failed {
				return nil // the acknowledgement has come already, and settled the locks
			}
			return tx.SettleAuthLocks(ctx, e.TokenID, e.EventID, e.UpdatedAt, true)
		},
	})
}

// checkChanges refuses what cannot be asked for.
func checkChanges(changes []AuthLockChange) error {
	if len(changes) == 0 {
		return Refuse(Invalid, "input", "changes")
	}
	seen := map[identity.AuthType]bool{}
	for i, c := range changes {
		path := []string{"input", "changes", strconv.Itoa(i)}
		if seen[c.Type] || !slices.Contains(identity.AuthTypes, c.Type) {
			return Refuse(Invalid, append(path, "type")...)
		}
		seen[c.Type] = true
		if s := c.UnlockForSeconds; s != nil && (c.Locked || *s < 1 || *s > longestUnlock) {
			return Refuse(Invalid, append(path, "unlockForSeconds")...)
		}
	}
	return nil
}

// confirmedLocks answers the confirmed state per way of authenticating.
func (s *Service) confirmedLocks(ctx context.Context, who *Resident) (map[identity.AuthType]bool, error) {
	statuses, err := s.Identity.AuthTypes(ctx, who.UIN)
	if err != nil {
		return nil, err
	}
	locks, err := s.overlaid(ctx, who, statuses)
	if err != nil {
		return nil, err
	}
	confirmed := map[identity.AuthType]bool{}
	for _, l := range locks {
		confirmed[l.Type] = l.Locked
	}
	return confirmed, nil
}

// keepAsked writes what the event asks for beside it.
func keepAsked(ctx context.Context, tx store.Tx, e *store.Event, changes []AuthLockChange, before map[identity.AuthType]bool) error {
	for _, c := range changes {
		asked := &store.AuthLock{TokenID: e.TokenID, EventID: e.EventID, Type: string(c.Type), Locked: c.Locked,
			Before: before[c.Type], RequestedAt: e.CreatedAt}
		if c.UnlockForSeconds != nil {
			until := e.CreatedAt.Add(time.Duration(*c.UnlockForSeconds) * time.Second)
			asked.UnlockUntil = &until
		}
		if err := tx.InsertAuthLock(ctx, asked); err != nil {
			return err
		}
	}
	failpoint("auth_lock.kept")
	return nil
}

func wireChanges(changes []AuthLockChange) []identity.AuthChange {
	wire := make([]identity.AuthChange, len(changes))
	for i, c := range changes {
		wire[i] = identity.AuthChange{Type: c.Type, Locked: c.Locked}
		if c.UnlockForSeconds != nil {
			wire[i].UnlockFor = time.Duration(*c.UnlockForSeconds) * time.Second
		}
	}
	return wire
}
