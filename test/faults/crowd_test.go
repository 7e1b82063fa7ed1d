package faults

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// settleWithin is how long a resident waits for what became of a wish while the server dies again and again. How soon a
// server that lives settles it is measured in the quiet afterwards.
const settleWithin = 10 * time.Minute

// run has one wish come to its end, however often the server dies meanwhile.
func (l *lane) run() (mutation string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	i := l.next()
	a, err := l.person.insist(ctx, i)
	if err == nil && l.came != nil {
		l.came(i, a)
	}
	return i.mutation, err
}

// crowd is residents at work. A lane is free, or somebody waits for it.
type crowd struct {
	w    *world
	free chan *lane
	work sync.WaitGroup

	mu     sync.Mutex
	errors []error
	wishes map[string]int // that came to an end, by mutation
}

// newCrowd gives each of some residents all lanes, in any order.
func (w *world) newCrowd(people []*person, authTypes ...string) *crowd {
	w.t.Helper()
	var lanes []*lane
	for _, p := range people {
		lanes = append(lanes, p.lanes(authTypes...)...)
	}
	rand.Shuffle(len(lanes), func(i, j int) { lanes[i], lanes[j] = lanes[j], lanes[i] })
	c := &crowd{w: w, free: make(chan *lane, len(lanes)), wishes: map[string]int{}}
	for _, l := range lanes {
		c.free <- l
	}
	return c
}

// burst sends the next wish of so many lanes at once, and does not wait for them.
func (c *crowd) burst(lanes int) {
	for range lanes {
		c.send(<-c.free)
	}
}

// whoCan is burst without those lanes that still wait for something.
func (c *crowd) whoCan(lanes int) {
	for range lanes {
		select {
		case l := <-c.free:
			c.send(l)
		default:
			return
		}
	}
}

func (c *crowd) send(l *lane) {
	c.work.Go(func() {
		defer func() { c.free <- l }()
		for hurry := true; hurry; hurry = l.hurry {
			time.Sleep(l.after)
			mutation, err := l.run()
			c.mu.Lock()
			c.wishes[mutation]++
			if err != nil {
				c.errors = append(c.errors, err)
			}
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
}

// wait answers how many wishes came to an end and of which mutations, and fails the test for those that did not.
func (c *crowd) wait() (asked int, which string) {
	c.w.t.Helper()
	c.work.Wait()
	for _, err := range c.errors {
		c.w.t.Error(err)
	}
	for _, mutation := range slices.Sorted(maps.Keys(c.wishes)) {
		asked += c.wishes[mutation]
		which += fmt.Sprintf(" %s %d", mutation, c.wishes[mutation])
	}
	return asked, strings.TrimSpace(which)
}

// refill lets residents generate VIDs again: tests want more than a resident may.
func (w *world) refill() {
	w.t.Helper()
	ctx := context.Background()
	keys, err := w.redis.Keys(ctx, "rate:*").Result()
	w.must(err)
	if len(keys) > 0 {
		w.must(w.redis.Del(ctx, keys...).Err())
	}
	w.exec(`update idempotency set started_at = started_at - interval '31 minutes'
		where mutation = 'generateVid' and finished_at is not null and started_at > now() - interval '31 minutes'`)
}
