package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// Node answers the thing with an id that the resident was given before. Missing, forged and someone else's are all
// NOT_FOUND. A type that needs a consent is checked here: directives of objects do not run for interfaces.
func (r query) Node(ctx context.Context, nodeID id.ID) (graph.Node, error) {
	viewer, err := who(ctx)
	if err != nil {
		return nil, err
	}
	kind, key, err := r.IDs.OpenNode(viewer.TokenID, nodeID)
	if err != nil {
		return nil, resident.Refuse(resident.NotFound, "id")
	}
	consented := session.FromContext(ctx).HasScope
	switch kind {
	case "Resident":
		return query{r.Resolver}.Viewer(ctx)
	case "Partner":
		found, err := r.Service.References.Partner(ctx, key)
		if err != nil || found != nil {
			return found, err
		}
	case "Event":
		if !consented("Manage-Service-Requests") {
			return nil, &resident.Error{Code: resident.ConsentRequired}
		}
		return r.Service.Event(ctx, viewer, key)
	case "Vid":
		if !consented("Manage-VID") {
			return nil, &resident.Error{Code: resident.ConsentRequired}
		}
		vids, err := loadersOf(ctx).vids.Load(ctx, viewer.UIN)()
		if err != nil {
			return nil, err
		}
		for _, v := range vids {
			if v.Number == key {
				return v, nil
			}
		}
	}
	return nil, resident.Refuse(resident.NotFound, "id")
}
