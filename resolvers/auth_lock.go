package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

// AuthLocks answers all six ways of authenticating.
func (r residentType) AuthLocks(ctx context.Context, obj *resident.Resident) ([]*resident.AuthLock, error) {
	statuses, err := loadersOf(ctx).authTypes.Load(ctx, obj.UIN)()
	if err != nil {
		r.Service.AuditRead(obj, resident.ReadAuthLocks, "", err)
		return nil, err
	}
	return r.Service.AuthLocks(ctx, obj, statuses)
}

// AuthLocks answers what an event asked for.
func (r event) AuthLocks(ctx context.Context, obj *store.Event) ([]*resident.AuthLock, error) {
	return r.Service.AuthLocksOf(ctx, obj)
}

type authLock struct{ *Resolver }

// AuthLock answers the resolvers of AuthLock.
func (r *Resolver) AuthLock() graph.AuthLockResolver { return authLock{r} }

// Label answers what a way of authenticating is called.
func (r authLock) Label(ctx context.Context, obj *resident.AuthLock) (string, error) {
	return r.Service.AuthTypeLabel(ctx, obj.Type), nil
}

// SetAuthLocks locks and unlocks ways of authenticating.
func (r mutation) SetAuthLocks(ctx context.Context, input graph.SetAuthLocksInput) (*graph.SetAuthLocksPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	changes := make([]resident.AuthLockChange, len(input.Changes))
	for i, c := range input.Changes {
		changes[i] = *c
	}
	event, err := r.Service.SetAuthLocks(ctx, viewer, input.IdempotencyKey, changes)
	refusals, err := refused(ctx, err)
	if err != nil {
		return nil, err
	}
	payload := &graph.SetAuthLocksPayload{Event: event, Errors: refusals}
	if event == nil {
		return payload, nil
	}
	statuses, err := r.Service.Identity.AuthTypes(ctx, viewer.UIN)
	if err != nil {
		graphql.AddError(ctx, err) // the request was passed on all the same
		return payload, nil
	}
	if payload.AuthLocks, err = r.Service.AuthLocks(ctx, viewer, statuses); err != nil {
		graphql.AddError(ctx, err)
	}
	return payload, nil
}
