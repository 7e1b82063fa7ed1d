package resolvers

import (
	"context"
	"errors"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

const signInURL = "/auth/login"

// Session answers how the caller is signed in.
func (r query) Session(ctx context.Context) (*graph.Session, error) {
	c := session.CallerFrom(ctx)
	switch {
	case c == nil && session.Ended(ctx):
		return &graph.Session{State: graph.SessionStateEnded, Scopes: []graph.ConsentScope{}, SignInURL: signInURL}, nil
	case c == nil:
		return &graph.Session{State: graph.SessionStateSignedOut, Scopes: []graph.ConsentScope{}, SignInURL: signInURL}, nil
	}
	return r.sessionOf(c), nil
}

// sessionOf answers the session of a caller; that of a partner or an operator is their token's.
func (r *Resolver) sessionOf(c *session.Caller) *graph.Session {
	answer := &graph.Session{State: graph.SessionStateActive, ExpiresAt: &c.ExpiresAt,
		Scopes: graph.ConsentScopes(c.Scopes), SignInURL: signInURL}
	if s := c.Session; s != nil {
		answer.State = graph.SessionState(r.Sessions.StateOf(s))
		answer.ExpiresAt, answer.IdleAt, answer.AuthenticatedAt = at(s.ExpiresAt), at(s.IdleAt), at(s.AuthenticatedAt)
	}
	return answer
}

// ExtendSession starts the idle time anew.
func (r mutation) ExtendSession(ctx context.Context) (*graph.ExtendSessionPayload, error) {
	c, err := graph.CallerOf(ctx)
	if err != nil {
		return nil, err
	}
	extended, err := r.Sessions.Extend(ctx, c.Session)
	refusals, err := refused(ctx, sessionError(err))
	if err != nil || extended == nil {
		return &graph.ExtendSessionPayload{Errors: refusals}, err
	}
	now := *c
	now.Session = extended
	return &graph.ExtendSessionPayload{Session: r.sessionOf(&now), Errors: refusals}, nil
}

// SignOut ends the session, here or everywhere.
func (r mutation) SignOut(ctx context.Context, input *graph.SignOutInput) (*graph.SignOutPayload, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	target, err := r.Sessions.SignOut(ctx, s, input != nil && input.Everywhere)
	refusals, err := refused(ctx, sessionError(err))
	if err != nil || len(refusals) > 0 {
		return &graph.SignOutPayload{Errors: refusals}, err
	}
	return &graph.SignOutPayload{SignOutURL: &target, Errors: refusals}, nil
}

// SessionChanged answers the session now and whenever it changes.
func (r subscription) SessionChanged(ctx context.Context) (<-chan *graph.Session, error) {
	c, err := graph.CallerOf(ctx)
	if err != nil {
		return nil, err
	}
	sent := make(chan *graph.Session)
	now := r.sessionOf(c)
	var changes <-chan session.Change
	if c.Session != nil {
		changes = r.Sessions.Changes(ctx, c.Session)
	}
	go func() {
		defer close(sent)
		for ok := true; ok; {
			select {
			case <-ctx.Done():
				return
			case sent <- now:
			}
			var change session.Change
			select {
			case <-ctx.Done():
				return
			case change, ok = <-changes:
			}
			next := *now
			next.State, next.IdleAt, next.ExpiresAt = graph.SessionState(change.State), at(change.IdleAt), at(change.ExpiresAt)
			now = &next
		}
	}()
	return sent, nil
}

// at answers nil for a time that is not known.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// sessionError answers a failure of package session with a code: the session is gone, or Redis does not answer.
func sessionError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, session.ErrNoSession):
		return &resident.Error{Code: resident.Unauthenticated}
	}
	return resident.Wrap(resident.UpstreamUnavailable, err)
}
