package hub

import (
	"context"
	"strings"
	"time"
)

// subscription is one (topic, callback). Its exported fields are what the
// Store holds. All fields belong to Hub.mu.
type subscription struct {
	Topic     string        `json:"topic"`
	Callback  string        `json:"callback"`
	Secret    string        `json:"secret,omitempty"`
	Lease     time.Duration `json:"lease"`
	Ends      time.Time     `json:"ends"`      // enforced in mode "w3c" only
	Committed int64         `json:"committed"` // number of the next record to deliver

	topic   *topicLog
	wake    chan struct{}      // something has changed for it
	stop    context.CancelFunc // set while its goroutine runs
	removed bool
}

// live reports whether its goroutine runs. In mode "mosip" one that does not
// is unknown to the hub until the next event.
func (s *subscription) live() bool { return s.stop != nil }

func (s *subscription) notify() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyhow
	}
}

// find returns the subscription of topic and callback, nil without. MOSIP's
// key keeps letters and digits only, so that two callbacks that differ in
// nothing else are one. It needs h.mu.
func (h *Hub) find(topic, callback string) *subscription {
	for s := range h.subscriptions {
		if s.Topic == topic && s.Callback == callback {
			return s
		}
	}
	if h.w3c() {
		return nil
	}
	key := mosipKey(topic, callback)
	for s := range h.subscriptions {
		if mosipKey(s.Topic, s.Callback) == key {
			return s
		}
	}
	return nil
}

func mosipKey(topic, callback string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, topic+"_"+callback)
}

// activate makes a verified subscription live, with a new lease. In mode "w3c"
// its secret replaces that of an earlier one; in mode "mosip" the first secret
// stays until an unsubscribe, and every stopped subscription resumes.
func (h *Hub) activate(asked request) {
	h.mu.Lock()
	s := h.find(asked.topic, asked.callback)
	if s == nil {
		topic := h.topic(asked.topic)
		s = &subscription{
			Topic: asked.topic, Callback: asked.callback, Secret: asked.secret,
			Committed: topic.next(), topic: topic, wake: make(chan struct{}, 1),
		}
		h.subscriptions[s] = struct{}{}
	}
	if h.w3c() {
		s.Secret = asked.secret
	}
	s.Lease, s.Ends = asked.lease, time.Now().Add(asked.lease)
	h.resume()
	s.notify()
	h.mu.Unlock()
	h.save(s)
}

// resume starts every subscription that is not running. It needs h.mu.
func (h *Hub) resume() {
	for s := range h.subscriptions {
		if s.live() {
			continue
		}
		ctx, stop := context.WithCancel(h.ctx)
		if !h.spawn(func() { h.deliver(ctx, s) }) {
			stop()
			return
		}
		s.stop = stop
	}
}

// remove ends a subscription for good; in mode "mosip" this too resumes those
// that have stopped.
func (h *Hub) remove(s *subscription) {
	h.mu.Lock()
	s.removed = true
	delete(h.subscriptions, s)
	if s.live() {
		s.stop()
	}
	if h.running.Load() {
		h.resume()
	}
	h.mu.Unlock()
	h.save(s)
	h.trim(s.topic)
}
