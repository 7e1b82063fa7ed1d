package session

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	sweepEvery = time.Second      // expiry reaches a socket within this and one round trip
	auditEvery = 15 * time.Second // covers a message that pub/sub lost
)

// changeChannel carries what happens to sessions: "ended" and an ID, or "extended", an ID and how many milliseconds it
// lasts without activity.
const changeChannel = "session:changed"

func endedMessage(id string) string { return "ended " + id }

func extendedMessage(id string, ttl time.Duration) string {
	return "extended " + id + " " + strconv.FormatInt(ttl.Milliseconds(), 10)
}

// Watch returns a channel that is closed when the session has ended, here or on another replica, or expired.
// Watching stops with ctx. Run must be running.
func (m *Manager) Watch(ctx context.Context, sessionID string) <-chan struct{} {
	return m.watch(ctx, sessionID, time.Time{})
}

// watch is Watch of a session whose absolute end is known, or zero.
func (m *Manager) watch(ctx context.Context, sessionID string, ends time.Time) <-chan struct{} {
	entry := m.watchers.add(sessionID, ends)
	context.AfterFunc(ctx, func() { m.watchers.remove(sessionID, entry) })
	return entry.over
}

// Run follows what happens to sessions, for Watch and Changes, until ctx is done, and then returns nil. One call per
// process.
func (m *Manager) Run(ctx context.Context) error {
	subscription := m.cfg.Redis.Subscribe(ctx, changeChannel)
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
				m.watchers.hear(message.Payload)
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

// hear takes a message of changeChannel.
func (w *watchers) hear(message string) {
	what, rest, _ := strings.Cut(message, " ")
	id, text, _ := strings.Cut(rest, " ")
	switch what {
	case "ended":
		w.end(id)
	case "extended":
		if left, err := strconv.ParseInt(text, 10, 64); err == nil {
			w.postpone(id, time.Now().Add(time.Duration(left)*time.Millisecond))
		}
	}
}

// check asks Redis about sessions and ends the watch of those that are over. Without Redis these are the ones that no
// activity can have extended.
func (m *Manager) check(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	left, err := m.store.remaining(ctx, ids)
	if err != nil {
		m.log.WarnContext(ctx, "sessions not checked", "error", err)
		for _, id := range m.watchers.past(m.now()) {
			m.watchers.end(id)
		}
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
