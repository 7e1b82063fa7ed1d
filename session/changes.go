package session

import (
	"context"
	"time"
)

// State is how well a session stands.
type State string

// The states of a session, as the schema's enum SessionState names them.
const (
	StateActive   State = "ACTIVE"
	StateExpiring State = "EXPIRING" // it ends within Config.Warning unless there is activity, or whatever happens
	StateEnded    State = "ENDED"
)

// Change is what happened to a session.
type Change struct {
	State     State
	IdleAt    time.Time // end unless there is activity before it
	ExpiresAt time.Time // absolute end
}

// StateOf tells how well s stands now.
func (m *Manager) StateOf(s *Session) State {
	now := m.now()
	end := earlier(s.IdleAt, s.ExpiresAt)
	switch {
	case !now.Before(end):
		return StateEnded
	case end.Sub(now) <= m.cfg.Warning:
		return StateExpiring
	}
	return StateActive
}

// Changes returns a channel that tells when s is extended, by any request on any replica (ACTIVE, or EXPIRING when its
// absolute end is near), when it is about to end (EXPIRING) and that it has ended (ENDED). A reader who is slow finds
// the newest alone. The channel is closed after ENDED and when ctx is done. Run must be running. The end of a bearer
// token is told in the same way; nothing extends it.
func (m *Manager) Changes(ctx context.Context, s *Session) <-chan Change {
	out := make(chan Change, 1)
	f := &follower{m: m, out: out, last: Change{m.StateOf(s), s.IdleAt, s.ExpiresAt}}
	if c := CallerFrom(ctx); c != nil && c.Bearer {
		go f.follow(ctx, m.Over(ctx), nil)
		return out
	}
	entry := m.watchers.add(s.ID, s.ExpiresAt)
	go func() {
		defer m.watchers.remove(s.ID, entry)
		f.follow(ctx, entry.over, entry)
	}()
	return out
}

// follower tells one reader about one session.
type follower struct {
	m    *Manager
	out  chan Change
	last Change
}

// follow runs until the session is over or ctx is done. entry is nil for what cannot be extended.
func (f *follower) follow(ctx context.Context, over <-chan struct{}, entry *watched) {
	defer close(f.out)
	for {
		var moved <-chan struct{}
		if entry != nil {
			var due time.Time
			due, moved = f.m.watchers.state(entry)
			f.extended(due)
		}
		warning := time.NewTimer(f.untilWarning())
		select {
		case <-ctx.Done():
			warning.Stop()
			return
		case <-over:
			warning.Stop()
			f.tell(StateEnded)
			return
		case <-moved:
			warning.Stop()
		case <-warning.C:
			f.tell(StateExpiring)
		}
	}
}

// extended takes a new end without activity and tells it, unless it is the one that is known.
func (f *follower) extended(due time.Time) {
	if due.IsZero() || due.Sub(f.last.IdleAt).Abs() <= dueJitter {
		return
	}
	f.last.IdleAt = due
	state := StateActive
	if f.left() <= f.m.cfg.Warning {
		state = StateExpiring
	}
	f.tell(state)
}

func (f *follower) left() time.Duration {
	return earlier(f.last.IdleAt, f.last.ExpiresAt).Sub(f.m.now())
}

// untilWarning is when EXPIRING is to be told, far away when it has been.
func (f *follower) untilWarning() time.Duration {
	if f.last.State == StateExpiring {
		return f.m.cfg.Absolute
	}
	return f.left() - f.m.cfg.Warning
}

// tell replaces what the reader has not read yet.
func (f *follower) tell(state State) {
	f.last.State = state
	select {
	case <-f.out:
	default:
	}
	f.out <- f.last // there is room: nobody else sends
}
