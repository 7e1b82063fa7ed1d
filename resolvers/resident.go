package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// Viewer answers the signed-in resident. What is kept of them here is read first: a change that comes while the rest
// of the answer is made is then after changeCursor.
func (r query) Viewer(ctx context.Context) (*resident.Resident, error) {
	if session.FromContext(ctx) == nil && !session.Ended(ctx) && !session.Unavailable(ctx) {
		return nil, nil
	}
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	viewer.State, viewer.StateErr = r.Service.Store.ResidentState(ctx, viewer.TokenID)
	return viewer, nil
}

// ID answers the opaque id of the resident.
func (r residentType) ID(_ context.Context, obj *resident.Resident) (id.ID, error) {
	return r.IDs.Node("Resident", obj.TokenID, obj.TokenID), nil
}

// ChangeCursor answers the place of the newest change.
func (r residentType) ChangeCursor(_ context.Context, obj *resident.Resident) (*string, error) {
	if obj.StateErr != nil {
		return nil, obj.StateErr
	}
	cursor := r.changeCursor(obj.TokenID, obj.State.Seq)
	return &cursor, nil
}

// UnreadCount answers how many events have news.
func (r residentType) UnreadCount(ctx context.Context, obj *resident.Resident) (*int, error) {
	n, err := loadersOf(ctx).unread.Load(ctx, obj.TokenID)()
	r.Service.AuditRead(obj, resident.ReadUnreadCount, "", err)
	if err != nil {
		return nil, err
	}
	return &n, nil
}
