package graph

import (
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// scopes maps what a resident can consent to, to e-Signet's authorize scopes.
var scopes = map[ConsentScope]string{
	ConsentScopeManageIdentityData:    "Manage-Identity-Data",
	ConsentScopeManageVid:             "Manage-VID",
	ConsentScopeManageAuthentication:  "Manage-Authentication",
	ConsentScopeManageServiceRequests: "Manage-Service-Requests",
	ConsentScopeManageCredentials:     "Manage-Credentials",
}

// ConsentScopes answers what was consented to, in the order of the schema.
func ConsentScopes(authorized []string) []ConsentScope {
	consented := []ConsentScope{}
	for _, scope := range AllConsentScope {
		if slices.Contains(authorized, scopes[scope]) {
			consented = append(consented, scope)
		}
	}
	return consented
}

// CallerOf answers who asks, or why that is nobody: UNAUTHENTICATED, or UPSTREAM_UNAVAILABLE when sessions cannot be
// looked up.
func CallerOf(ctx context.Context) (*session.Caller, error) {
	if c := session.CallerFrom(ctx); c != nil {
		return c, nil
	}
	if session.Unavailable(ctx) {
		return nil, &resident.Error{Code: resident.UpstreamUnavailable}
	}
	return nil, &resident.Error{Code: resident.Unauthenticated}
}

// SignedIn answers the session of the resident who asks, or why there is none.
func SignedIn(ctx context.Context) (*session.Session, error) {
	c, err := CallerOf(ctx)
	switch {
	case err != nil:
		return nil, err
	case c.Session == nil:
		return nil, &resident.Error{Code: resident.Forbidden}
	}
	return c.Session, nil
}

// authorise is the directive @auth. Scopes are what a resident consents to, and freshness is of a resident's sign-in:
// neither is asked of partners and operators.
func authorise(sessions *session.Manager, freshFor time.Duration, now func() time.Time) func(context.Context, any, graphql.Resolver, []Caller, *ConsentScope, bool) (any, error) {
	return func(ctx context.Context, _ any, next graphql.Resolver, as []Caller, scope *ConsentScope, fresh bool) (any, error) {
		c, err := CallerOf(ctx)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(as, Caller(c.Kind)):
			return nil, &resident.Error{Code: resident.Forbidden}
		case c.Session == nil:
			return next(ctx)
		case scope != nil && !c.HasScope(scopes[*scope]):
			return nil, &resident.Error{Code: resident.ConsentRequired}
		case fresh:
			if err := RequireFresh(c.Session, sessions, freshFor, now()); err != nil {
				return nil, err
			}
		}
		return next(ctx)
	}
}

// RequireFresh refuses a resident whose sign-in is older than freshFor, and says where to sign in anew.
func RequireFresh(s *session.Session, sessions *session.Manager, freshFor time.Duration, now time.Time) error {
	if now.Sub(s.AuthenticatedAt) <= freshFor {
		return nil
	}
	return &resident.Error{Code: resident.StepUpRequired, Hints: map[string]any{"signInUrl": sessions.StepUpURL("/", s.ACR)}}
}
