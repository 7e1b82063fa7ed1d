package transport

import (
	"context"
	"sync"
)

// Limits caps how many sockets and streams are open at once in this process. One value serves WebSocket and SSE
// together. Nil, and a cap of zero, cap nothing.
type Limits struct {
	// PerProcess is how many may be open altogether. More answer 503.
	PerProcess int
	// PerOwner is how many one caller may have open. More answer 429, or close with 4429.
	PerOwner int
	// Owner names the caller behind a context; the empty name is not capped. Nil names nobody.
	Owner func(context.Context) string

	mu    sync.Mutex
	total int
	owned map[string]int
}

func nothing() {}

// enter takes one of the process's places, to be given back by leave.
func (l *Limits) enter() (leave func(), ok bool) {
	if l == nil || l.PerProcess == 0 {
		return nothing, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.PerProcess {
		return nothing, false
	}
	l.total++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.total--
	}, true
}

// own takes one of the caller's places, to be given back by leave.
func (l *Limits) own(ctx context.Context) (leave func(), ok bool) {
	if l == nil || l.PerOwner == 0 || l.Owner == nil {
		return nothing, true
	}
	owner := l.Owner(ctx)
	if owner == "" {
		return nothing, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owned[owner] >= l.PerOwner {
		return nothing, false
	}
	if l.owned == nil {
		l.owned = map[string]int{}
	}
	l.owned[owner]++
	return func() { l.disown(owner) }, true
}

func (l *Limits) disown(owner string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owned[owner]--; l.owned[owner] == 0 {
		delete(l.owned, owner)
	}
}
