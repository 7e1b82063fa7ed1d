// Package resolvers answers the fields of the schema, one file per noun. A resolver reads its arguments, calls one
// thing and maps the error.
package resolvers

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/store"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Service  *resident.Service
	IDs      *id.Sealer
	Sessions *session.Manager
	// MaxPins is how many events a resident can pin; resident.DefaultMaxPins when 0.
	MaxPins int
	// FreshFor is how old a sign-in may be for what needs a fresh one.
	FreshFor time.Duration
	Now      func() time.Time
}

var _ graph.ResolverRoot = (*Resolver)(nil)

// One type per GraphQL type; the fields are in the file of the noun.
type (
	query        struct{ *Resolver }
	mutation     struct{ *Resolver }
	subscription struct{ *Resolver }
	residentType struct{ *Resolver }
	profile      struct{ *Resolver }
	vidType      struct{ *Resolver }
	event        struct{ *Resolver }
	eventChange  struct{ *Resolver }
	partnerType  struct{ *Resolver }
)

// Query answers the resolvers of Query.
func (r *Resolver) Query() graph.QueryResolver { return query{r} }

// Mutation answers the resolvers of Mutation.
func (r *Resolver) Mutation() graph.MutationResolver { return mutation{r} }

// Subscription answers the resolvers of Subscription.
func (r *Resolver) Subscription() graph.SubscriptionResolver { return subscription{r} }

// Resident answers the resolvers of Resident.
func (r *Resolver) Resident() graph.ResidentResolver { return residentType{r} }

// Profile answers the resolvers of Profile.
func (r *Resolver) Profile() graph.ProfileResolver { return profile{r} }

// Vid answers the resolvers of Vid.
func (r *Resolver) Vid() graph.VidResolver { return vidType{r} }

// Event answers the resolvers of Event.
func (r *Resolver) Event() graph.EventResolver { return event{r} }

// EventChange answers the resolvers of EventChange.
func (r *Resolver) EventChange() graph.EventChangeResolver { return eventChange{r} }

// Partner answers the resolvers of Partner.
func (r *Resolver) Partner() graph.PartnerResolver { return partnerType{r} }

// who answers the resident that ctx is signed in as, without what is kept of them.
func who(ctx context.Context) (*resident.Resident, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	return residentOf(s), nil
}

func residentOf(s *session.Session) *resident.Resident {
	return &resident.Resident{TokenID: s.TokenID, UIN: s.UIN, IndividualID: s.IndividualID,
		SignedInWith: store.IDKind(s.IDKind), LoginMode: s.LoginMode}
}

// openHandle answers the key of the resident's thing that an input value names, or NOT_FOUND at that value.
func (r *Resolver) openHandle(viewer *resident.Resident, kind string, handle id.ID, name string) (string, error) {
	found, key, err := r.IDs.OpenNode(viewer.TokenID, handle)
	if err != nil || found != kind {
		return "", resident.Refuse(resident.NotFound, "input", name)
	}
	return key, nil
}

// refused answers err as the errors of a payload, or as an error of the response when nobody foresaw it.
func refused(ctx context.Context, err error) ([]*resident.UserError, error) {
	if err == nil {
		return []*resident.UserError{}, nil
	}
	expected, ok := resident.AsUserError(ctx, err)
	if !ok {
		return nil, err
	}
	return []*resident.UserError{expected}, nil
}
