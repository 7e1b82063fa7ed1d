package esignet

import (
	"container/list"
	"sync"
	"time"
)

// memoryLimit bounds each memory; beyond it the oldest entry goes.
const memoryLimit = 100_000

// memory holds values for a fixed time. As every entry lives equally long, the
// list is in the order of expiry.
type memory[V any] struct {
	mu      sync.Mutex
	life    time.Duration
	entries map[string]*list.Element
	order   *list.List
}

type entry[V any] struct {
	key   string
	value V
	ends  time.Time
}

func newMemory[V any](life time.Duration) *memory[V] {
	return &memory[V]{life: life, entries: map[string]*list.Element{}, order: list.New()}
}

// add keeps value under key, and reports false, changing nothing, when the key
// is in use.
func (m *memory[V]) add(key string, value V) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	if _, used := m.entries[key]; used {
		return false
	}
	m.entries[key] = m.order.PushBack(entry[V]{key, value, time.Now().Add(m.life)})
	return true
}

// get returns the value that is alive under key.
func (m *memory[V]) get(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	if element, ok := m.entries[key]; ok {
		return element.Value.(entry[V]).value, true
	}
	var none V
	return none, false
}

// take returns the value that is alive under key and removes it: of several
// callers one gets it.
func (m *memory[V]) take(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(time.Now())
	element, ok := m.entries[key]
	if !ok {
		var none V
		return none, false
	}
	delete(m.entries, key)
	return m.order.Remove(element).(entry[V]).value, true
}

func (m *memory[V]) forget(now time.Time) {
	for oldest := m.order.Front(); oldest != nil; oldest = m.order.Front() {
		e := oldest.Value.(entry[V])
		if now.Before(e.ends) && m.order.Len() < memoryLimit {
			return
		}
		delete(m.entries, e.key)
		m.order.Remove(oldest)
	}
}
