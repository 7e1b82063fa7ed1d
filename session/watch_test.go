package session_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
)

// pushed is within what an end that is announced is told on a busy machine: less than until the audit finds it.
const pushed = 10 * time.Second

// patience is for what has no limit to prove.
const patience = time.Minute

func closedWithin(t *testing.T, over <-chan struct{}, limit time.Duration) {
	t.Helper()
	select {
	case <-over:
	case <-time.After(limit):
		t.Errorf("not told within %v", limit)
	}
}

func stillOpen(t *testing.T, over <-chan struct{}) {
	t.Helper()
	select {
	case <-over:
		t.Error("told of an end that was none")
	default:
	}
}

func TestLogoutReachesEveryReplica(t *testing.T) {
	t.Parallel()
	a, b, _ := signedIn(t)
	other := a.another(t)
	run(t, a.Manager)
	run(t, other)
	id := b.whoami(a).ID
	here, there, elsewhere := a.Watch(t.Context(), id), other.Watch(t.Context(), id), other.Watch(t.Context(), id)
	time.Sleep(1200 * time.Millisecond) // over the first check
	stillOpen(t, here)
	stillOpen(t, there)
	b.get(a.url + "/auth/logout")
	for _, over := range []<-chan struct{}{here, there, elsewhere} {
		closedWithin(t, over, pushed)
	}
}

func TestEndAll(t *testing.T) {
	a, first, _ := signedIn(t)
	second := newBrowser(t)
	second.get(a.SignInURL("/", ""))
	other := a.another(t)
	run(t, other)
	over := other.Watch(t.Context(), second.whoami(a).ID)
	if err := a.EndAll(t.Context(), tokenID("someone else")); err != nil {
		t.Fatal(err)
	}
	if !first.whoami(a).SignedIn {
		t.Fatal("ended someone else's session")
	}
	if err := a.EndAll(t.Context(), tokenID(uin)); err != nil {
		t.Fatal(err)
	}
	closedWithin(t, over, pushed)
	if first.whoami(a).SignedIn || second.whoami(a).SignedIn {
		t.Error("still signed in")
	}
}

// ticking makes miniredis count time as Redis does.
func ticking(t *testing.T, a *app) {
	t.Helper()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(50 * time.Millisecond)
		defer ticker.Stop()
		last := time.Now()
		for {
			select {
			case <-stop:
				return
			case now := <-ticker.C:
				a.redis.FastForward(now.Sub(last))
				last = now
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
}

func TestExpiryIsPushed(t *testing.T) {
	t.Parallel()
	a, b, _ := signedIn(t, func(c *session.Config) { c.Idle, c.Absolute = 10*time.Second, 14*time.Second })
	run(t, a.Manager)
	ticking(t, a)
	s := mustLoad(t, a, b)
	over := a.Watch(t.Context(), s.ID)
	time.Sleep(5 * time.Second)
	if !b.whoami(a).SignedIn { // a request: 10 more seconds, cut to the absolute end
		t.Fatal("ended too early")
	}
	closedWithin(t, over, patience)
	if early := time.Until(s.ExpiresAt); early > 500*time.Millisecond {
		t.Errorf("told %v before the end", early)
	}
}

func TestWatchOfAnEndedSession(t *testing.T) {
	a, b, _ := signedIn(t)
	run(t, a.Manager)
	id := b.whoami(a).ID
	if err := a.End(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	closedWithin(t, a.Watch(t.Context(), id), pushed)
}

func TestWatchThroughALostConnection(t *testing.T) {
	t.Parallel()
	a, b, _ := signedIn(t)
	run(t, a.Manager)
	id := b.whoami(a).ID
	over := a.Watch(t.Context(), id)
	time.Sleep(1200 * time.Millisecond)
	address := a.redis.Addr()
	a.redis.Close()
	time.Sleep(300 * time.Millisecond)
	a.redis.Del("session:{" + id + "}") // its announcement is lost with the connection
	if err := a.redis.StartAddr(address); err != nil {
		t.Fatal(err)
	}
	closedWithin(t, over, patience)
}

func TestWatchersComeAndGo(t *testing.T) {
	a, b, _ := signedIn(t)
	run(t, a.Manager)
	id := b.whoami(a).ID
	ctx, cancel := context.WithCancel(t.Context())
	stays := a.Watch(t.Context(), id)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			select {
			case <-a.Watch(ctx, id):
			case <-ctx.Done():
			}
		})
	}
	cancel()
	all.Wait()
	stillOpen(t, stays)
	if err := a.End(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	closedWithin(t, stays, pushed)
}

// However long Redis is away, nobody is served beyond the end that no activity moves.
func TestAbsoluteEndWithoutRedis(t *testing.T) {
	t.Parallel()
	a, b, _ := signedIn(t, func(c *session.Config) { c.Idle, c.Absolute = 3*time.Second, 3*time.Second })
	run(t, a.Manager)
	s := mustLoad(t, a, b)
	over := a.Over(session.WithSession(t.Context(), s))
	changes := a.Changes(t.Context(), s)
	a.redis.Close()
	stillOpen(t, over)
	closedWithin(t, over, 30*time.Second)
	if time.Now().Before(s.ExpiresAt) {
		t.Error("ended too early")
	}
	var told []session.State
	for range 3 { // that it is about to end, that it has, and nothing more
		if change, open := next(t, changes, 10*time.Second); open {
			told = append(told, change.State)
		}
	}
	if len(told) == 0 || len(told) > 2 || told[len(told)-1] != session.StateEnded {
		t.Errorf("told %v", told)
	}
}
