package live

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// followers are the followers of this process by token id. The zero value is ready.
type followers struct {
	mu      sync.RWMutex
	byToken map[string]map[*follower]struct{}
	total   int
}

func (fs *followers) add(tokenID string, f *follower) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.byToken == nil {
		fs.byToken = make(map[string]map[*follower]struct{})
	}
	if fs.byToken[tokenID] == nil {
		fs.byToken[tokenID] = make(map[*follower]struct{})
	}
	fs.byToken[tokenID][f] = struct{}{}
	fs.total++
}

func (fs *followers) remove(tokenID string, f *follower) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if _, ok := fs.byToken[tokenID][f]; !ok {
		return
	}
	delete(fs.byToken[tokenID], f)
	if len(fs.byToken[tokenID]) == 0 {
		delete(fs.byToken, tokenID)
	}
	fs.total--
}

func (fs *followers) count() int {
	fs.mu.RLock()
	defer fs.mu.RUnlock()
	return fs.total
}

// wake copies first: nothing is sent while the lock is held.
func (fs *followers) wake(tokenID string) {
	fs.mu.RLock()
	awake := slices.Collect(maps.Keys(fs.byToken[tokenID]))
	fs.mu.RUnlock()
	for _, f := range awake {
		f.nudge()
	}
}

func (fs *followers) wakeAll() {
	fs.mu.RLock()
	awake := make([]*follower, 0, fs.total)
	for _, set := range fs.byToken {
		awake = slices.AppendSeq(awake, maps.Keys(set))
	}
	fs.mu.RUnlock()
	for _, f := range awake {
		f.nudge()
	}
}

// follower is one reader: a channel that holds one wake, and a heart.
type follower struct {
	wake    chan struct{}
	mu      sync.Mutex
	heart   *time.Timer
	stopped bool
}

func newFollower(heartbeat time.Duration) *follower {
	f := &follower{wake: make(chan struct{}, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heart = time.AfterFunc(beat(heartbeat), func() {
		f.nudge()
		f.mu.Lock()
		defer f.mu.Unlock()
		if !f.stopped {
			f.heart.Reset(beat(heartbeat))
		}
	})
	return f
}

func (f *follower) nudge() {
	select {
	case f.wake <- struct{}{}:
	default: // one is waiting already; it will read everything
	}
}

func (f *follower) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	f.heart.Stop()
}

// beat is the time to the next heartbeat: never more than heartbeat, and up to a quarter less, so
// that those who connected together do not read together for ever.
func beat(heartbeat time.Duration) time.Duration {
	return heartbeat - rand.N(heartbeat/4+1)
}
