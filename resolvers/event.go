package resolvers

import (
	"context"
	"strconv"

	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

// Event answers one event of the resident.
func (r residentType) Event(ctx context.Context, obj *resident.Resident, eventID string) (*store.Event, error) {
	return r.Service.Event(ctx, obj, eventID)
}

// ID answers the opaque id of an event.
func (r event) ID(_ context.Context, obj *store.Event) (id.ID, error) {
	return r.IDs.Node("Event", obj.TokenID, obj.EventID), nil
}

// ServiceType answers the group of an event.
func (r event) ServiceType(_ context.Context, obj *store.Event) (*resident.ServiceType, error) {
	return resident.ServiceTypeOf(obj.RequestType), nil
}

// Summary answers one line about an event.
func (r event) Summary(ctx context.Context, obj *store.Event) (string, error) {
	return r.Service.Summary(ctx, obj)
}

// Description answers what happened.
func (r event) Description(ctx context.Context, obj *store.Event) (string, error) {
	return r.Service.Description(ctx, obj)
}

// LoginModeLabel answers how the resident had signed in or was authenticated.
func (r event) LoginModeLabel(ctx context.Context, obj *store.Event) (*string, error) {
	return r.Service.LoginModeLabel(ctx, obj)
}

// Partner answers the partner that an event concerns. One that Partner Management does not list is answered as the
// event names it: a resident must see who it was.
func (r event) Partner(ctx context.Context, obj *store.Event) (*partner.Partner, error) {
	if obj.PartnerID == nil {
		return nil, nil
	}
	found, err := r.Service.References.Partner(ctx, *obj.PartnerID)
	if err != nil || found != nil || obj.PartnerName == nil {
		return found, err
	}
	return &partner.Partner{Key: *obj.PartnerID, Name: *obj.PartnerName, Type: partner.Other}, nil
}

// Access answers how an event uses the identity.
func (r event) Access(ctx context.Context, obj *store.Event) (*resident.AccessKind, error) {
	return r.Service.Access(ctx, obj)
}

// EventChanged streams the changes of the resident's events after a cursor.
func (r subscription) EventChanged(ctx context.Context, eventID, after *string) (<-chan *resident.EventChange, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	var from *int64
	if after != nil {
		seq, err := r.openChangeCursor(viewer.TokenID, *after)
		if err != nil {
			return nil, resident.Refuse(resident.Invalid, "after")
		}
		from = &seq
	}
	only := ""
	if eventID != nil {
		only = *eventID
	}
	return r.Service.Follow(ctx, viewer, from, only)
}

// Cursor answers the place of a change, or why there is none.
func (r eventChange) Cursor(_ context.Context, obj *resident.EventChange) (string, error) {
	if obj.Err != nil {
		return "", obj.Err
	}
	return r.changeCursor(obj.Event.TokenID, obj.Seq), nil
}

func (r *Resolver) changeCursor(owner string, seq int64) string {
	return r.IDs.Seal("change", owner, strconv.FormatInt(seq, 10))
}

func (r *Resolver) openChangeCursor(owner, cursor string) (int64, error) {
	text, err := r.IDs.Open("change", owner, cursor)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// Event answers the event as the change left it, or why there is no change.
func (r eventChange) Event(_ context.Context, obj *resident.EventChange) (*store.Event, error) {
	return obj.Event, obj.Err
}
