package resolvers

import (
	"context"
	"time"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
)

// Profile answers name and contact.
func (r residentType) Profile(ctx context.Context, obj *resident.Resident) (*resident.Profile, error) {
	found, err := loadersOf(ctx).identity.Load(ctx, obj.UIN)()
	r.Service.AuditRead(obj, resident.ReadProfile, "", err)
	if err != nil {
		return nil, err
	}
	return resident.ProfileOf(obj, found), nil
}

// Photo answers a link to the photo that came with the sign-in.
func (r profile) Photo(ctx context.Context, _ *resident.Profile) (*graph.FileLink, error) {
	s, err := graph.SignedIn(ctx)
	if err != nil || !s.HasPicture {
		return nil, err
	}
	return r.photoLink(s), nil
}

// LastLogin answers when the resident signed in the time before.
func (r profile) LastLogin(_ context.Context, obj *resident.Profile) (*time.Time, error) {
	if obj.Viewer.StateErr != nil {
		return nil, obj.Viewer.StateErr
	}
	return obj.Viewer.State.LastLoginAt, nil
}
