package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

type vidPolicy struct{ *Resolver }

// VidPolicy answers the resolvers of VidPolicy.
func (r *Resolver) VidPolicy() graph.VidPolicyResolver { return vidPolicy{r} }

// Live answers how many VIDs of the type the resident has.
func (r vidPolicy) Live(ctx context.Context, obj *vid.Policy) (*int, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	vids, err := loadersOf(ctx).vids.Load(ctx, viewer.UIN)()
	if err != nil {
		return nil, err
	}
	n := len(resident.LiveVids(vids, obj.Type))
	return &n, nil
}

// CanGenerate says whether the resident can generate a VID of the type now. What keeps it from being known is a reason
// too, so that the policy itself is answered whatever the VID service does.
func (r vidPolicy) CanGenerate(ctx context.Context, obj *vid.Policy) (*graph.Permission, error) {
	caller, err := graph.CallerOf(ctx)
	if err != nil {
		return nil, err
	}
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	if !caller.HasScope("Manage-VID") {
		return permission(resident.ConsentRequired), nil
	}
	vids, err := loadersOf(ctx).vids.Load(ctx, viewer.UIN)()
	if err == nil {
		return permission(resident.MayGenerate(viewer, obj, vids)), nil
	}
	if code := resident.AsError(err).Code; code != resident.Internal {
		return permission(code), nil
	}
	return nil, err
}

// permission answers that an action is open, or the reason why it is not.
func permission(reason resident.ErrorCode) *graph.Permission {
	if reason == "" {
		return &graph.Permission{Allowed: true}
	}
	return &graph.Permission{Reason: &reason}
}
