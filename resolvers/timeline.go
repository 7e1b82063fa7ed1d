package resolvers

import (
	"context"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

type stage struct{ *Resolver }

// Stage answers the resolvers of Stage.
func (r *Resolver) Stage() graph.StageResolver { return stage{r} }

// Timeline answers the stages of an event.
func (r event) Timeline(ctx context.Context, obj *store.Event) ([]*resident.Stage, error) {
	return loadersOf(ctx).timelines.of(obj, func(events []*store.Event) (map[string][]*resident.Stage, error) {
		return r.Service.Timelines(ctx, obj.TokenID, events)
	})
}

// Label answers what a stage is called.
func (r stage) Label(ctx context.Context, obj *resident.Stage) (string, error) {
	return r.Service.StageLabel(ctx, obj)
}
