package resolvers

import (
	"context"
	"time"

	"github.com/graph-gophers/dataloader/v7"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
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
	vidCards  *dataloader.Loader[string, map[string]*resident.Card]
	unread    *dataloader.Loader[string, int]
	events    *dataloader.Loader[eventKey, *store.Event]
	// What is read for a page of events at once.
	timelines  eventPages[[]*resident.Stage]
	grievances eventPages[[]*resident.Grievance]
	cards      eventPages[*resident.Card]
	trackings  eventPages[*resident.Tracking]
}

// eventKey names an event of a resident.
type eventKey struct{ tokenID, eventID string }

// expect says that these events may be asked for what is read for a page at once.
func (l *loaders) expect(events []*store.Event) {
	l.timelines.expect(events)
	l.grievances.expect(events)
	l.cards.expect(events)
	l.trackings.expect(events)
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
	l.events = single(func(ctx context.Context, k eventKey) (*store.Event, error) {
		return s.Store.Event(ctx, k.tokenID, k.eventID)
	})
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
	l.vidCards = single(func(ctx context.Context, _ string) (map[string]*resident.Card, error) {
		viewer, err := who(ctx)
		if err != nil {
			return nil, err
		}
		vids, err := l.vids.Load(ctx, viewer.UIN)()
		if err != nil {
			return nil, err
		}
		return s.VidCards(ctx, viewer, vids)
	})
	return context.WithValue(ctx, loadersKey{}, l)
}

func loadersOf(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// single makes a loader for an endpoint that takes one id: it does not batch but deduplicates, and therefore never
// waits (a capacity of one dispatches at once; a timer would add its delay to every level of the query).
func single[K comparable, V any](fetch func(context.Context, K) (V, error)) *dataloader.Loader[K, V] {
	return dataloader.NewBatchedLoader(func(ctx context.Context, keys []K) []*dataloader.Result[V] {
		results := make([]*dataloader.Result[V], len(keys))
		for i, key := range keys {
			v, err := fetch(ctx, key)
			results[i] = &dataloader.Result[V]{Data: v, Error: err}
		}
		return results
	}, dataloader.WithBatchCapacity[K, V](1), dataloader.WithWait[K, V](time.Nanosecond))
}
