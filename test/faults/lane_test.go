package faults

import (
	"context"
	"sync"
	"time"
)

// lane is one thing after the other that a resident wants: to generate and revoke a VID in turn, or to lock and unlock
// one way of authenticating.
type lane struct {
	person      *person
	authType    string // empty: a lane of VIDs
	locked      bool
	vid, masked string // the VID to revoke next
}

// settleWithin is how long a resident waits for what became of a wish while the server dies again and again. How soon a
// server that lives settles it is measured in the quiet afterwards.
const settleWithin = 10 * time.Minute

func (l *lane) next() intent {
	switch {
	case l.authType != "":
		return setAuthLock(l.authType, !l.locked)
	case l.vid != "":
		return revokeVid(l.vid, l.masked)
	}
	return generateVid()
}

// run has one wish come to its end, however often the server dies meanwhile.
func (l *lane) run() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	i := l.next()
	a, err := l.person.insist(ctx, i)
	if err != nil {
		return err
	}
	switch i.mutation {
	case "setAuthLocks":
		if a.Status != "FAILED" && a.Event != "" {
			l.locked = !l.locked
		}
	case "generateVid":
		l.vid, l.masked = a.VID, a.Masked
	default:
		l.vid, l.masked = "", ""
	}
	return nil
}

// crowd is residents at work. A lane is free, or somebody waits for it.
type crowd struct {
	w    *world
	free chan *lane
	work sync.WaitGroup

	mu     sync.Mutex
	errors []error
	asked  int
}

// newCrowd gives each resident a lane of VIDs and one per way of authenticating.
func (w *world) newCrowd(authTypes ...string) *crowd {
	c := &crowd{w: w, free: make(chan *lane, len(w.people)*(1+len(authTypes)))}
	for _, authType := range append([]string{""}, authTypes...) {
		for _, p := range w.people {
			c.free <- &lane{person: p, authType: authType, locked: p.before.Locks[authType]}
		}
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
		err := l.run()
		c.mu.Lock()
		c.asked++
		if err != nil {
			c.errors = append(c.errors, err)
		}
		c.mu.Unlock()
		c.free <- l
	})
}

// wait answers how many wishes came to an end, and fails the test for those that did not.
func (c *crowd) wait() int {
	c.w.t.Helper()
	c.work.Wait()
	for _, err := range c.errors {
		c.w.t.Error(err)
	}
	return c.asked
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
}
