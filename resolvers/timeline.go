package resolvers

import (
	"context"
	"sync"

	"github.com/resident-graph/resident-graph/graph"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/store"
)

type stage struct{ *Resolver }

// Stage answers the resolvers of Stage.
func (r *Resolver) Stage() graph.StageResolver { return stage{r} }

// Timeline answers the stages of an event.
func (r event) Timeline(ctx context.Context, obj *store.Event) ([]*resident.Stage, error) {
	p := loadersOf(ctx).timelines.pageOf(obj)
	p.once.Do(func() { p.stages, p.err = r.Service.Timelines(ctx, obj.TokenID, p.events) })
	return p.stages[obj.EventID], p.err
}

// Label answers what a stage is called.
func (r stage) Label(ctx context.Context, obj *resident.Stage) (string, error) {
	return r.Service.StageLabel(ctx, obj)
}

// timelines reads the timelines of a page of events at once, when the first of them is asked for: the page is known
// before its events are resolved, so nothing waits for a batch to fill.
type timelines struct {
	mu    sync.Mutex
	pages map[string]*timelinePage // by event id
}

type timelinePage struct {
	events []*store.Event
	once   sync.Once
	stages map[string][]*resident.Stage
	err    error
}

// expect says that the timelines of these events may be asked for.
func (t *timelines) expect(events []*store.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(&timelinePage{events: events})
}

func (t *timelines) put(p *timelinePage) {
	if t.pages == nil {
		t.pages = map[string]*timelinePage{}
	}
	for _, e := range p.events {
		t.pages[e.EventID] = p
	}
}

// pageOf answers the page that an event came with; an event that came alone is a page of its own.
func (t *timelines) pageOf(e *store.Event) *timelinePage {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pages[e.EventID] == nil {
		t.put(&timelinePage{events: []*store.Event{e}})
	}
	return t.pages[e.EventID]
}
