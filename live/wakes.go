package live

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const wakeChannel = "live:wake"

// Wakes tells the followers of a token id, in every process, that its history moved.
type Wakes struct {
	redis     redis.UniversalClient
	log       *slog.Logger
	heartbeat time.Duration
	origin    string // marks our own messages, whose followers here are already awake
	followers followers
	outbox    outbox
}

// NewWakes returns a fan-out over rdb whose followers are woken at least every heartbeat (15 s if not
// positive). rdb should have ContextTimeoutEnabled; without it go-redis waits its own time for a
// Redis that hangs, and so does the end of Run.
func NewWakes(rdb redis.UniversalClient, heartbeat time.Duration, log *slog.Logger) *Wakes {
	if heartbeat <= 0 {
		heartbeat = 15 * time.Second
	}
	return &Wakes{redis: rdb, log: log, heartbeat: heartbeat, origin: rand.Text(), outbox: newOutbox()}
}

// Run carries wakes between the processes until ctx ends, then sends what is left and returns nil.
// It owns this process's one Redis subscription. Each (re)connection wakes every follower, since what
// was published before it is gone. Let it end after those who call Wake.
func (w *Wakes) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { w.publish(ctx) })
	running.Go(func() { w.listen(ctx) })
	running.Wait()
	return nil
}

// Follow returns a channel that receives a value after each wake of tokenID and at least once each
// heartbeat. Wakes coalesce: a follower that is busy finds one value waiting, however many came.
// The channel is never closed; stop ends the following and may be called more than once.
func (w *Wakes) Follow(tokenID string) (wake <-chan struct{}, stop func()) {
	f := newFollower(w.heartbeat)
	w.followers.add(tokenID, f)
	return f.wake, func() {
		w.followers.remove(tokenID, f)
		f.stop()
	}
}

// Followers returns how many are following in this process.
func (w *Wakes) Followers() int { return w.followers.count() }

// Wake wakes the followers of tokenID, here at once and in other processes as soon as Run has told
// them. It never waits, so it needs nothing of its context: the change is committed, and that its
// author went away is no reason to keep it from others.
func (w *Wakes) Wake(_ context.Context, tokenID string) {
	w.followers.wake(tokenID)
	w.outbox.put(tokenID)
}

// received wakes the followers a message of another process speaks of.
func (w *Wakes) received(payload string) {
	origin, tokenID, ok := strings.Cut(payload, " ")
	if ok && origin != w.origin {
		w.followers.wake(tokenID)
	}
}
