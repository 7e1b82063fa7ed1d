package resolvers

import (
	"sync"

	"github.com/resident-graph/resident-graph/store"
)

// eventPages reads something of a page of events at once, when the first of them is asked for it: the page is known
// before its events are resolved, so nothing waits for a batch to fill.
type eventPages[V any] struct {
	mu    sync.Mutex
	pages map[string]*eventPage[V] // by event id
}

type eventPage[V any] struct {
	events []*store.Event
	once   sync.Once
	found  map[string]V
	err    error
}

// expect says that the events of a page may be asked for it.
func (p *eventPages[V]) expect(events []*store.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(&eventPage[V]{events: events})
}

func (p *eventPages[V]) put(page *eventPage[V]) {
	if p.pages == nil {
		p.pages = map[string]*eventPage[V]{}
	}
	for _, e := range page.events {
		p.pages[e.EventID] = page
	}
}

// of answers what read finds for an event, by event id. An event that came alone is a page of its own.
func (p *eventPages[V]) of(e *store.Event, read func([]*store.Event) (map[string]V, error)) (V, error) {
	page := p.pageOf(e)
	page.once.Do(func() { page.found, page.err = read(page.events) })
	return page.found[e.EventID], page.err
}

func (p *eventPages[V]) pageOf(e *store.Event) *eventPage[V] {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pages[e.EventID] == nil {
		p.put(&eventPage[V]{events: []*store.Event{e}})
	}
	return p.pages[e.EventID]
}
