package resolvers

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/session"
)

// expiring is how long before its end a session says so.
const expiring = time.Minute

// Session answers how the caller is signed in.
func (r query) Session(ctx context.Context) (*graph.Session, error) {
	signIn := "/auth/login"
	s := session.FromContext(ctx)
	switch {
	case s == nil && session.Ended(ctx):
		return &graph.Session{State: graph.SessionStateEnded, Scopes: []graph.ConsentScope{}, SignInURL: signIn}, nil
	case s == nil:
		return &graph.Session{State: graph.SessionStateSignedOut, Scopes: []graph.ConsentScope{}, SignInURL: signIn}, nil
	}
	state := graph.SessionStateActive
	if s.ExpiresAt.Sub(r.Now()) < expiring {
		state = graph.SessionStateExpiring
	}
	return &graph.Session{State: state, ExpiresAt: &s.ExpiresAt, IdleAt: &s.IdleAt, AuthenticatedAt: &s.AuthenticatedAt,
		Scopes: graph.ConsentScopes(s.Scopes), SignInURL: signIn}, nil
}
