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

// SignedIn answers the session of ctx, or why there is none: UNAUTHENTICATED, or UPSTREAM_UNAVAILABLE when sessions
// cannot be looked up.
func SignedIn(ctx context.Context) (*session.Session, error) {
	if s := session.FromContext(ctx); s != nil {
		return s, nil
	}
	if session.Unavailable(ctx) {
		return nil, &resident.Error{Code: resident.UpstreamUnavailable}
	}
	return nil, &resident.Error{Code: resident.Unauthenticated}
}

// authorise is the directive @auth.
func authorise(sessions *session.Manager, freshFor time.Duration, now func() time.Time) func(context.Context, any, graphql.Resolver, []Caller, *ConsentScope, bool) (any, error) {
	return func(ctx context.Context, _ any, next graphql.Resolver, as []Caller, scope *ConsentScope, fresh bool) (any, error) {
		s, err := SignedIn(ctx)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(as, CallerResident):
			return nil, &resident.Error{Code: resident.Forbidden}
		case scope != nil && !s.HasScope(scopes[*scope]):
			return nil, &resident.Error{Code: resident.ConsentRequired}
		case fresh && now().Sub(s.AuthenticatedAt) > freshFor:
			return nil, &resident.Error{Code: resident.StepUpRequired,
				Hints: map[string]any{"signInUrl": sessions.SignInURL("/", s.ACR)}}
		}
		return next(ctx)
	}
}
