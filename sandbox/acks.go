package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// ack is a change of locks IDA has yet to apply and acknowledge.
type ack struct {
	Key   string         `json:"key"` // sorts by arrival
	UIN   string         `json:"uin"`
	Locks []lock         `json:"locks"`
	Items []authTypeItem `json:"items"`
	Asked time.Time      `json:"asked"`
}

// acks is the way from ID Repository to IDA: in order, with a delay, and
// stoppable. What is on the way survives a restart.
type acks struct {
	state    *state
	settings *settings
	deliver  func(ctx context.Context, a ack) error
	wake     chan struct{} // capacity 1: something to look at

	mu    sync.Mutex
	queue []ack
}

func openAcks(ctx context.Context, s *state, settings *settings) (*acks, error) {
	a := &acks{state: s, settings: settings, wake: make(chan struct{}, 1)}
	records, err := s.load(ctx, "ack")
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(records)) {
		var one ack
		if err := json.Unmarshal(records[key], &one); err != nil {
			return nil, fmt.Errorf("read an ack: %w", err)
		}
		a.queue = append(a.queue, one)
	}
	return a, nil
}

// add puts a change on its way.
func (a *acks) add(ctx context.Context, uin string, locks []lock, items []authTypeItem) error {
	asked := time.Now().UTC()
	one := ack{
		Key: asked.Format("20060102150405.000000000 ") + uuid.NewString(),
		UIN: uin, Locks: locks, Items: items, Asked: asked,
	}
	if err := a.state.save(ctx, "ack", one.Key, one); err != nil {
		return err
	}
	a.mu.Lock()
	a.queue = append(a.queue, one)
	a.mu.Unlock()
	a.look()
	return nil
}

// look makes run see that the queue or the settings changed.
func (a *acks) look() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// run delivers until ctx ends. A delivery that fails is tried again a second
// later, and those behind it wait: the order is kept.
func (a *acks) run(ctx context.Context) {
	const retry = time.Second
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-timer.C:
		}
		for {
			one, wait := a.head()
			if wait > 0 {
				timer.Reset(wait)
				break
			}
			if a.deliver(ctx, one) != nil {
				timer.Reset(retry)
				break
			}
			a.drop(ctx)
		}
	}
}

// head returns the first change and how long it still has to wait.
func (a *acks) head() (ack, time.Duration) {
	const idle = time.Hour
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.settings.get()
	if len(a.queue) == 0 || now.HoldAcks {
		return ack{}, idle
	}
	return a.queue[0], time.Until(a.queue[0].Asked.Add(now.ackDelay()))
}

// drop takes the delivered head away. Should the removal fail, the next start
// delivers it again, as hubs do.
func (a *acks) drop(ctx context.Context) {
	a.mu.Lock()
	key := a.queue[0].Key
	a.queue = a.queue[1:]
	a.mu.Unlock()
	_ = a.state.remove(ctx, "ack", key)
}
