package resolvers

import (
	"context"
	"math"
	"strconv"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/page"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

// bellLists are the lists of the bell; a cursor of one is the number of the event's newest news, as in the stream of
// changes.
var bellLists = map[bool]string{false: "notifications", true: "notifications/unread"}

// Notifications answers a page of what the bell shows.
func (r residentType) Notifications(ctx context.Context, obj *resident.Resident, unreadOnly bool, first int, after *string) (*graph.EventConnection, error) {
	list := bellLists[unreadOnly]
	key, err := r.openPage(list, obj.TokenID, first, after)
	if err != nil {
		return nil, err
	}
	before := int64(math.MaxInt64)
	if key != "" {
		if before, err = strconv.ParseInt(key, 10, 64); err != nil {
			return nil, resident.Refuse(resident.Invalid, "after")
		}
	}
	found, err := r.Service.Notifications(ctx, obj, unreadOnly, before, first+1)
	r.Service.AuditRead(obj, resident.ReadNotifications, "", err)
	if err != nil {
		return nil, err
	}
	answered := page.New(found, first, key != "", func(e *store.Event) string {
		return r.IDs.Seal("page/"+list, obj.TokenID, strconv.FormatInt(e.News, 10))
	})
	loadersOf(ctx).expect(answered.Nodes())
	return answered, nil
}

// MarkNotificationsSeen sets the bell to zero up to a place.
func (r mutation) MarkNotificationsSeen(ctx context.Context, input graph.MarkNotificationsSeenInput) (*graph.MarkNotificationsSeenPayload, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	payload := &graph.MarkNotificationsSeenPayload{}
	upTo, err := r.openBellCursor(viewer.TokenID, input.UpTo)
	if err == nil {
		var left int
		left, err = r.Service.SeeNotifications(ctx, viewer, upTo)
		payload.UnreadCount = &left
	}
	if payload.Errors, err = refused(ctx, err); err != nil || len(payload.Errors) > 0 {
		payload.UnreadCount = nil
	}
	return payload, err
}

// openBellCursor answers the number of the change that a cursor of the bell or of the stream of changes stands for.
func (r *Resolver) openBellCursor(owner, cursor string) (int64, error) {
	if seq, err := r.openChangeCursor(owner, cursor); err == nil {
		return seq, nil
	}
	for _, list := range bellLists {
		if key, err := r.IDs.Open("page/"+list, owner, cursor); err == nil {
			return strconv.ParseInt(key, 10, 64)
		}
	}
	return 0, resident.Refuse(resident.Invalid, "input", "upTo")
}
