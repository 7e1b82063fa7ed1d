package resolvers

import (
	"context"
	"fmt"
	"slices"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// Vids answers a page of the resident's live VIDs, newest first.
func (r residentType) Vids(ctx context.Context, obj *resident.Resident, first int, after *string, types []vid.Type) (*graph.VidConnection, error) {
	list := fmt.Sprint("vids", types)
	key, err := r.openPage(list, obj.TokenID, first, after)
	if err != nil {
		return nil, err
	}
	found, err := loadersOf(ctx).vids.Load(ctx, obj.UIN)()
	r.Service.AuditRead(obj, resident.ReadVids, "", err)
	if err != nil {
		return nil, err
	}
	if len(types) > 0 {
		found = slices.DeleteFunc(slices.Clone(found), func(v *vid.Vid) bool { return !slices.Contains(types, v.Type) })
	}
	return page.Of(found, first, key, (*vid.Vid).Hash, func(v *vid.Vid) string {
		return r.IDs.Seal("page/"+list, obj.TokenID, v.Hash())
	}), nil
}

// VidPolicies answers what the country allows.
func (r residentType) VidPolicies(ctx context.Context, obj *resident.Resident) ([]*vid.Policy, error) {
	policies, err := r.Service.References.VidPolicies(ctx)
	r.Service.AuditRead(obj, resident.ReadVidPolicies, "", err)
	return policies, err
}

// ID answers the opaque id of a VID.
func (r vidType) ID(ctx context.Context, obj *vid.Vid) (id.ID, error) {
	viewer, err := who(ctx)
	if err != nil {
		return "", err
	}
	return r.IDs.Node("Vid", viewer.TokenID, obj.Number), nil
}

// TransactionsLeft answers the policy's limit less the authentications in the service history.
func (r vidType) TransactionsLeft(ctx context.Context, obj *vid.Vid) (*int, error) {
	if obj.TransactionLimit == nil {
		return nil, nil
	}
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	uses, err := loadersOf(ctx).vidUses.Load(ctx, viewer.TokenID)()
	if err != nil {
		return nil, err
	}
	left := max(0, *obj.TransactionLimit-uses[obj.Hash()])
	return &left, nil
}

// IsLoginVid says whether the resident signed in with the VID.
func (r vidType) IsLoginVid(ctx context.Context, obj *vid.Vid) (bool, error) {
	viewer, err := who(ctx)
	return err == nil && viewer.IndividualID == obj.Number, err
}

// CanRevoke says whether the VID can be revoked now.
func (r vidType) CanRevoke(ctx context.Context, obj *vid.Vid) (*graph.Permission, error) {
	login, err := r.IsLoginVid(ctx, obj)
	switch {
	case err != nil:
		return nil, err
	case login:
		return permission(resident.LoginVid), nil
	case obj.Status != vid.Active:
		return permission(resident.Conflict), nil
	}
	return permission(""), nil
}

// Vid answers the VID that an event made or was to end, as long as it lives. However many events ask, it is one call.
func (r event) Vid(ctx context.Context, obj *store.Event) (*vid.Vid, error) {
	if !resident.AboutVid(obj) {
		return nil, nil
	}
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	vids, err := loadersOf(ctx).vids.Load(ctx, viewer.UIN)()
	if err != nil {
		return nil, err
	}
	return resident.VidOf(obj, vids), nil
}

// GenerateVid generates a virtual ID.
func (r mutation) GenerateVid(ctx context.Context, input graph.GenerateVidInput) (*graph.GenerateVidPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	event, generated, err := r.Service.GenerateVid(ctx, viewer, input.IdempotencyKey, input.Type)
	refusals, err := refused(ctx, err)
	return &graph.GenerateVidPayload{Event: event, Vid: generated, Errors: refusals}, err
}

// RevealVid shows a virtual ID in full.
func (r mutation) RevealVid(ctx context.Context, input graph.RevealVidInput) (*graph.RevealPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	number, err := r.openHandle(viewer, "Vid", input.VidID, "vidId")
	if err != nil {
		refusals, err := refused(ctx, err)
		return &graph.RevealPayload{Errors: refusals}, err
	}
	value, hideAt, err := r.Service.RevealVid(ctx, viewer, number)
	refusals, failure := refused(ctx, err)
	if err != nil {
		return &graph.RevealPayload{Errors: refusals}, failure
	}
	return &graph.RevealPayload{Value: &value, HideAt: &hideAt, Errors: refusals}, nil
}

// RevokeVid revokes a virtual ID.
func (r mutation) RevokeVid(ctx context.Context, input graph.RevokeVidInput) (*graph.RevokeVidPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	number, err := r.openHandle(viewer, "Vid", input.VidID, "vidId")
	if err != nil {
		refusals, err := refused(ctx, err)
		return &graph.RevokeVidPayload{Errors: refusals}, err
	}
	event, revoked, restored, err := r.Service.RevokeVid(ctx, viewer, input.IdempotencyKey, number)
	refusals, err := refused(ctx, err)
	return &graph.RevokeVidPayload{Event: event, Vid: revoked, RestoredVid: restored, Errors: refusals}, err
}
