package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Keys of the Store: topic/<name>, subscription/<topic>\n<callback> and
// record/<topic>/<number>.
const (
	topicKey        = "topic/"
	subscriptionKey = "subscription/"
	recordKey       = "record/"
)

const storeTimeout = 5 * time.Second

// nowhere is the Store of a hub that keeps everything in memory.
type nowhere struct{}

func (nowhere) Save(context.Context, string, []byte) error     { return nil }
func (nowhere) Delete(context.Context, string) error           { return nil }
func (nowhere) All(context.Context) (map[string][]byte, error) { return nil, nil }

// storing is a context for the Store that outlives Close by a moment.
func (h *Hub) storing() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(h.ctx), storeTimeout)
}

// save writes a subscription as it is now, or deletes it once it is removed and
// no other has taken its place. As in MOSIP's hub, a failure is only logged.
func (h *Hub) save(s *subscription) {
	h.saving.Lock()
	defer h.saving.Unlock()
	h.mu.Lock()
	removed, replaced := s.removed, false
	for other := range h.subscriptions {
		replaced = replaced || other != s && other.key() == s.key()
	}
	value, err := json.Marshal(s)
	h.mu.Unlock()
	ctx, done := h.storing()
	defer done()
	switch {
	case removed && replaced:
		return
	case removed:
		err = h.config.Store.Delete(ctx, s.key())
	case err == nil:
		err = h.config.Store.Save(ctx, s.key(), value)
	}
	if err != nil {
		h.config.Log.Error("hub: subscription not stored", "topic", s.Topic, "error", err)
	}
}

func (s *subscription) key() string { return subscriptionKey + s.Topic + "\n" + s.Callback }

// trim drops the records that no subscription needs any more.
func (h *Hub) trim(topic *topicLog) {
	needed := topic.next()
	h.mu.Lock()
	for s := range h.subscriptions {
		if s.topic == topic {
			needed = min(needed, s.Committed)
		}
	}
	h.mu.Unlock()
	from, until := topic.trim(needed)
	for number := from; number < until; number++ {
		h.forget(topic.name, number)
	}
}

func (h *Hub) forget(topic string, number int64) {
	ctx, done := h.storing()
	defer done()
	if err := h.config.Store.Delete(ctx, recordName(topic, number)); err != nil {
		h.config.Log.Error("hub: record not deleted", "topic", topic, "error", err)
	}
}

func recordName(topic string, number int64) string {
	return fmt.Sprintf("%s%s/%020d", recordKey, topic, number)
}

// restore rebuilds topics, subscriptions and records. It needs h.mu.
func (h *Hub) restore(ctx context.Context, stored map[string][]byte) error {
	keys := make([]string, 0, len(stored))
	ends := map[string]int64{} // per topic's name: where the numbers go on
	for key, value := range stored {
		keys = append(keys, key)
		if name, ok := strings.CutPrefix(key, topicKey); ok {
			h.topic(name).registered = true
		}
		if !strings.HasPrefix(key, subscriptionKey) {
			continue
		}
		s := &subscription{wake: make(chan struct{}, 1)}
		if err := json.Unmarshal(value, s); err != nil {
			return fmt.Errorf("subscription: %w", err)
		}
		s.topic = h.topic(s.Topic)
		h.subscriptions[s] = struct{}{}
		ends[s.topic.name] = max(ends[s.topic.name], s.Committed)
	}
	sort.Strings(keys) // numbers are padded, so records come in their order
	for _, key := range keys {
		if err := h.restoreRecord(ctx, key, stored[key]); err != nil {
			return err
		}
	}
	for name, end := range ends {
		if log := h.topic(name); log.next() < end {
			if err := h.restart(ctx, log, end); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Hub) restoreRecord(ctx context.Context, key string, body []byte) error {
	rest, ok := strings.CutPrefix(key, recordKey)
	if !ok {
		return nil
	}
	slash := strings.LastIndexByte(rest, '/')
	if slash < 0 {
		return fmt.Errorf("record without a number")
	}
	number, err := strconv.ParseInt(rest[slash+1:], 10, 64)
	if err != nil {
		return fmt.Errorf("record number: %w", err)
	}
	log := h.topic(rest[:slash])
	if log.next() != number {
		// A crash between two deletions leaves a hole: nobody needs what is
		// before it.
		if err := h.restart(ctx, log, number); err != nil {
			return err
		}
	}
	log.append(body)
	return nil
}

// restart empties a log, in the Store as well, and goes on at number.
func (h *Hub) restart(ctx context.Context, log *topicLog, number int64) error {
	from, until := log.trim(log.next())
	for i := from; i < until; i++ {
		if err := h.config.Store.Delete(ctx, recordName(log.name, i)); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	log.first = number
	return nil
}

// topic returns the log of a topic, which it makes when there is none. It
// needs h.mu.
func (h *Hub) topic(asked string) *topicLog {
	name := h.named(asked)
	log, ok := h.topics[name]
	if !ok {
		log = newTopicLog(name)
		h.topics[name] = log
	}
	return log
}
