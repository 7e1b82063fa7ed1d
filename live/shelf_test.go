package live_test

import (
	"context"
	"strings"
	"sync"
)

// shelf is the Store of a hub that begins with nothing, and tells which keys the hub has stored.
type shelf struct {
	mu     sync.Mutex
	values map[string]bool
}

func (s *shelf) Save(_ context.Context, key string, _ []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = true
	return nil
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
	return nil
}

func (*shelf) All(context.Context) (map[string][]byte, error) { return nil, nil }

// subscriptions counts those that the hub has.
func (s *shelf) subscriptions() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.values {
		if strings.HasPrefix(key, "subscription/") {
			n++
		}
	}
	return n
}

// has tells whether some key ends so.
func (s *shelf) has(ending string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.values {
		if strings.HasSuffix(key, ending) {
			return true
		}
	}
	return false
}
