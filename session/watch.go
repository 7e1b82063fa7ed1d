package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	sweepEvery = time.Second      // expiry reaches a socket within this and one round trip
	auditEvery = 15 * time.Second // covers a message that pub/sub lost
)

// watchers holds one channel for each watched session of this process.
type watchers struct {
	mu      sync.Mutex
	watched map[string]*watched
}

type watched struct {
	over  chan struct{}
	count int
	due   time.Time // when to ask Redis whether it is still there
}

func newWatchers() *watchers { return &watchers{watched: map[string]*watched{}} }

// Watch returns a channel that is closed when the session has ended, here or on another replica, or expired.
// Watching stops with ctx. Run must be running.
func (m *Manager) Watch(ctx context.Context, sessionID string) <-chan struct{} {
	entry := m.watchers.add(sessionID)
	context.AfterFunc(ctx, func() { m.watchers.remove(sessionID, entry) })
	return entry.over
}

// Run follows the ends of sessions for Watch until ctx is done, and then returns nil. One call per process.
func (m *Manager) Run(ctx context.Context) error {
	subscription := m.cfg.Redis.Subscribe(ctx, endedChannel)
	defer subscription.Close()
	events := subscription.ChannelWithSubscriptions()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	audit := time.NewTicker(auditEvery)
	defer audit.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, open := <-events:
			if !open {
				return errors.New("session: subscription closed")
			}
			if message, ok := event.(*redis.Message); ok {
				m.watchers.end(message.Payload)
			} else { // subscribed anew: what was published meanwhile is lost
				m.check(ctx, m.watchers.all())
			}
		case now := <-sweep.C:
			m.check(ctx, m.watchers.due(now))
		case <-audit.C:
			m.check(ctx, m.watchers.all())
		}
	}
}

// check asks Redis about sessions and ends the watch of those that are over.
func (m *Manager) check(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	left, err := m.store.remaining(ctx, ids)
	if err != nil {
		m.log.WarnContext(ctx, "sessions not checked", "error", err)
		return
	}
	now := time.Now()
	for i, id := range ids {
		if left[i] <= 0 {
			m.watchers.end(id)
		} else {
			m.watchers.postpone(id, now.Add(left[i]))
		}
	}
}

func (w *watchers) add(id string) *watched {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.watched[id]
	if entry == nil {
		entry = &watched{over: make(chan struct{})}
		w.watched[id] = entry
	}
	entry.count++
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
	if entry := w.watched[id]; entry != nil {
		entry.due = due
	}
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
