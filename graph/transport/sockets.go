package transport

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Sockets knows the open sockets and streams, which http.Server.Shutdown does not (it leaves hijacked connections alone
// and waits for streams that never end). The zero value is ready; nil knows nothing.
type Sockets struct {
	mu       sync.Mutex
	open     map[*place]struct{}
	draining bool
	emptied  chan struct{}
}

// A place is one open socket or stream.
type place struct {
	sockets *Sockets
	// going is closed when the socket must go.
	going chan struct{}
}

// Count is how many sockets and streams are open.
func (s *Sockets) Count() int {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Drain refuses new sockets from now on, closes the open ones with 1001 (streams end without `complete`) and waits until
// they are gone or ctx ends. The closes are spread over the given time with jitter, so that the clients do not all
// connect to the remaining processes in the same moment.
func (s *Sockets) Drain(ctx context.Context, over time.Duration) {
	places, emptied := s.refuse()
	rand.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	start := time.Now()
	for i, p := range places {
		// The i-th goes at a random moment of the i-th slice of the time.
		at := time.Duration((float64(i) + rand.Float64()) / float64(len(places)) * float64(over))
		if !sleep(ctx, time.Until(start.Add(at))) {
			over = 0
		}
		close(p.going)
	}
	select {
	case <-emptied:
	case <-ctx.Done():
	}
}

// refuse stops new sockets and returns the open ones with a channel that is closed once all are gone.
func (s *Sockets) refuse() ([]*place, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil, s.emptied
	}
	s.draining, s.emptied = true, make(chan struct{})
	places := make([]*place, 0, len(s.open))
	for p := range s.open {
		places = append(places, p)
	}
	if len(places) == 0 {
		close(s.emptied)
	}
	return places, s.emptied
}

func (s *Sockets) enter() (*place, bool) {
	p := &place{sockets: s, going: make(chan struct{})}
	if s == nil {
		return p, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil, false
	}
	if s.open == nil {
		s.open = map[*place]struct{}{}
	}
	s.open[p] = struct{}{}
	return p, true
}

func (p *place) leave() {
	s := p.sockets
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, p)
	if s.draining && len(s.open) == 0 {
		close(s.emptied)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
