package resolvers

import (
	"context"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// loaders ask each upstream once per response for the same thing, however many fields want it. They are made anew for
// each response, so that an event of a subscription never answers what an earlier one read.
type loaders struct {
	identity  *dataloader.Loader[string, *identity.Identity]
	vids      *dataloader.Loader[string, []*vid.Vid]
	authTypes *dataloader.Loader[string, []identity.AuthStatus]
	vidUses   *dataloader.Loader[string, map[string]int]
	unread    *dataloader.Loader[string, int]
	timelines timelines
}

type loadersKey struct{}

// WithLoaders puts fresh loaders into ctx.
func (r *Resolver) WithLoaders(ctx context.Context) context.Context {
	s := r.Service
	l := &loaders{
		identity:  single(s.Identity.Read),
		vids:      single(s.Vids.List),
		authTypes: single(s.Identity.AuthTypes),
		unread: single(func(ctx context.Context, tokenID string) (int, error) {
			return s.UnreadCount(ctx, &resident.Resident{TokenID: tokenID})
		}),
	}
	l.vidUses = single(func(ctx context.Context, _ string) (map[string]int, error) {
		viewer, err := who(ctx)
		if err != nil {
			return nil, err
		}
		vids, err := l.vids.Load(ctx, viewer.UIN)()
		if err != nil {
			return nil, err
		}
		return s.VidUses(ctx, viewer, vids)
	})
	return context.WithValue(ctx, loadersKey{}, l)
}

func loadersOf(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// single makes a loader for an endpoint that takes one id: it does not batch but deduplicates, and therefore never
// waits (a capacity of one dispatches at once; a timer would add its delay to every level of the query).
func single[V any](fetch func(context.Context, string) (V, error)) *dataloader.Loader[string, V] {
	return dataloader.NewBatchedLoader(func(ctx context.Context, keys []string) []*dataloader.Result[V] {
		results := make([]*dataloader.Result[V], len(keys))
		for i, key := range keys {
			v, err := fetch(ctx, key)
			results[i] = &dataloader.Result[V]{Data: v, Error: err}
		}
		return results
	}, dataloader.WithBatchCapacity[string, V](1), dataloader.WithWait[string, V](time.Nanosecond))
}
