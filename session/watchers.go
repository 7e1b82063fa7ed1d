package session

import (
	"sync"
	"time"
)

// watchers holds what is known of each watched session of this process.
type watchers struct {
	mu      sync.Mutex
	watched map[string]*watched
}

type watched struct {
	over  chan struct{}
	count int
	ends  time.Time     // its absolute end; zero where nobody said
	due   time.Time     // its end without activity, when to ask Redis again; zero until Redis was asked
	moved chan struct{} // closed and replaced when due moves
}

// dueJitter is how far two ways of learning the same end may lie apart.
const dueJitter = 500 * time.Millisecond

func newWatchers() *watchers { return &watchers{watched: map[string]*watched{}} }

func (w *watchers) add(id string, ends time.Time) *watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.watched[id]
	if entry == nil {
		entry = &watched{over: make(chan struct{}), moved: make(chan struct{})}
		w.watched[id] = entry
	}
	entry.count++
	if entry.ends.IsZero() {
		entry.ends = ends
	}
	return entry
}

func (w *watchers) remove(id string, entry *watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry.count--
	if entry.count == 0 && w.watched[id] == entry {
		delete(w.watched, id)
	}
}

func (w *watchers) end(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if entry := w.watched[id]; entry != nil {
		close(entry.over)
		delete(w.watched, id)
	}
}

func (w *watchers) postpone(id string, due time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.watched[id]
	if entry == nil {
		return
	}
	moved := due.Sub(entry.due).Abs() > dueJitter
	entry.due = due
	if moved {
		close(entry.moved)
		entry.moved = make(chan struct{})
	}
}

// state is when a session ends without activity, zero when that is not known yet, and what is closed when that moves.
func (w *watchers) state(entry *watched) (due time.Time, moved <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return entry.due, entry.moved
}

func (w *watchers) all() []string { return w.due(time.Now().AddDate(1, 0, 0)) }

func (w *watchers) due(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for id, entry := range w.watched {
		if !entry.due.After(now) {
			ids = append(ids, id)
		}
	}
	return ids
}

// past lists the sessions whose absolute end is over.
func (w *watchers) past(now time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for id, entry := range w.watched {
		if !entry.ends.IsZero() && !now.Before(entry.ends) {
			ids = append(ids, id)
		}
	}
	return ids
}
