package hub

import (
	"context"
	"fmt"
)

// Publish puts a record at the end of a topic, which it registers when it is
// new, and returns once the record is stored; it never waits for a subscriber.
// Without a subscription nothing is kept. A body that is not JSON is accepted
// and, as MOSIP's hub does, never delivered.
func (h *Hub) Publish(ctx context.Context, topic string, body []byte) error {
	if !h.running.Load() {
		return ErrClosed
	}
	if _, err := h.know(ctx, topic); err != nil {
		return fmt.Errorf("hub: topic: %w", err)
	}
	h.mu.Lock()
	log := h.topic(topic)
	h.mu.Unlock()

	log.appending.Lock()
	defer log.appending.Unlock()
	if len(h.subscribers(log)) == 0 {
		return nil
	}
	if err := h.config.Store.Save(ctx, recordName(log.name, log.next()), body); err != nil {
		return fmt.Errorf("hub: record: %w", err)
	}
	if dropped := log.append(body); dropped >= 0 {
		h.forget(log.name, dropped)
	}
	for _, s := range h.subscribers(log) {
		s.notify()
	}
	return nil
}

func (h *Hub) subscribers(log *topicLog) []*subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*subscription
	for s := range h.subscriptions {
		if s.topic == log {
			all = append(all, s)
		}
	}
	return all
}

// know registers a topic and reports whether it was known before.
func (h *Hub) know(ctx context.Context, topic string) (known bool, err error) {
	h.mu.Lock()
	log := h.topic(topic)
	known, log.registered = log.registered, true
	h.mu.Unlock()
	if known {
		return true, nil
	}
	if err := h.config.Store.Save(ctx, topicKey+log.name, []byte("{}")); err != nil {
		h.mu.Lock()
		log.registered = false
		h.mu.Unlock()
		return false, err
	}
	return false, nil
}
