package sandbox

import (
	"maps"
	"sync"
)

// calls counts what reached the sandbox's services.
type calls struct {
	mu        sync.Mutex
	services  map[string]int
	endpoints map[string]int
}

// callCounts is the JSON of /sandbox/calls.
type callCounts struct {
	Total     int            `json:"total"`
	Services  map[string]int `json:"services"`
	Endpoints map[string]int `json:"endpoints"`
}

func newCalls() *calls {
	return &calls{services: map[string]int{}, endpoints: map[string]int{}}
}

func (c *calls) count(service, endpoint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.services[service]++
	c.endpoints[endpoint]++
}

func (c *calls) counts() callCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := callCounts{Services: maps.Clone(c.services), Endpoints: maps.Clone(c.endpoints)}
	for _, n := range c.services {
		sum.Total += n
	}
	return sum
}

func (c *calls) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.services)
	clear(c.endpoints)
}
