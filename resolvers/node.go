package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/resident"
)

// Node answers the thing with an id that the resident was given before. Missing, forged and someone else's are all
// NOT_FOUND. A type that needs a consent is checked here: directives of objects do not run for interfaces.
func (r query) Node(ctx context.Context, nodeID id.ID) (graph.Node, error) {
	caller, err := graph.CallerOf(ctx)
	if err != nil {
		return nil, err
	}
	viewer := &resident.Resident{} // a partner owns nothing, and finds only what belongs to nobody
	if caller.Session != nil {
		viewer = residentOf(caller.Session)
	}
	kind, key, err := r.IDs.OpenNode(viewer.TokenID, nodeID)
	if err != nil {
		return nil, resident.Refuse(resident.NotFound, "id")
	}
	switch kind {
	case "Resident":
		return query{r.Resolver}.Viewer(ctx)
	case "Partner":
		found, err := r.Service.References.Partner(ctx, key)
		if err != nil || found != nil {
			return found, err
		}
	case "Event", "Grievance":
		if !caller.HasScope("Manage-Service-Requests") {
			return nil, &resident.Error{Code: resident.ConsentRequired}
		}
		if kind == "Grievance" {
			return r.Service.Grievance(ctx, viewer, key)
		}
		return r.Service.Event(ctx, viewer, key)
	case "Share":
		if !caller.HasScope("Manage-Credentials") {
			return nil, &resident.Error{Code: resident.ConsentRequired}
		}
		return r.Service.Share(ctx, viewer, key)
	case "Vid":
		if !caller.HasScope("Manage-VID") {
			return nil, &resident.Error{Code: resident.ConsentRequired}
		}
		vids, err := loadersOf(ctx).vids.Load(ctx, viewer.UIN)()
		r.Service.AuditRead(viewer, resident.ReadVids, "", err)
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
