package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
)

// ledger is a list that only grows at its end and forgets its oldest entries
// beyond a limit: mail, audit records, authentication transactions.
type ledger[T any] struct {
	state *state
	noun  string
	limit int

	mu      sync.Mutex
	next    int64 // number of the entry to come
	entries []T
}

// newLedger reads back what the state holds of noun.
func newLedger[T any](ctx context.Context, s *state, noun string, limit int) (*ledger[T], error) {
	l := &ledger[T]{state: s, noun: noun, limit: limit, next: 1}
	records, err := s.load(ctx, noun)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(records)) {
		number, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read the number of a %s: %w", noun, err)
		}
		l.next = number + 1
		var entry T
		if err := json.Unmarshal(records[key], &entry); err != nil {
			return nil, fmt.Errorf("read a %s: %w", noun, err)
		}
		l.entries = append(l.entries, entry)
	}
	return l, nil
}

func (l *ledger[T]) append(ctx context.Context, entry T) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.state.save(ctx, l.noun, l.key(l.next), entry); err != nil {
		return err
	}
	l.next++
	l.entries = append(l.entries, entry)
	if len(l.entries) <= l.limit {
		return nil
	}
	oldest := l.next - int64(len(l.entries))
	l.entries = l.entries[1:]
	return l.state.remove(ctx, l.noun, l.key(oldest))
}

// newest returns the entries that match, the last one first.
func (l *ledger[T]) newest(match func(T) bool) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []T{}
	for i := len(l.entries) - 1; i >= 0; i-- {
		if match(l.entries[i]) {
			found = append(found, l.entries[i])
		}
	}
	return found
}

// key pads the number so that text order is number order.
func (l *ledger[T]) key(n int64) string { return fmt.Sprintf("%015d", n) }
