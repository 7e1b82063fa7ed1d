package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
)

func next(t *testing.T, changes <-chan session.Change, limit time.Duration) (change session.Change, open bool) {
	t.Helper()
	select {
	case change, open = <-changes:
		return change, open
	case <-time.After(limit):
		t.Fatalf("nothing within %v", limit)
		return change, false
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	a, b, _ := signedIn(t, func(c *session.Config) { c.Idle, c.Warning = 14*time.Second, 6*time.Second })
	other := a.another(t)
	run(t, other)
	ticking(t, a)
	s := mustLoad(t, a, b)
	if state := a.StateOf(s); state != session.StateActive {
		t.Errorf("at first %s", state)
	}
	changes := other.Changes(t.Context(), s)
	time.Sleep(2 * time.Second)
	var change session.Change
	for told := false; !told; { // Redis may be late in counting the time, and then nothing is to be extended yet
		if !b.whoami(a).SignedIn { // a request on the other replica extends it
			t.Fatal("ended")
		}
		select {
		case change = <-changes:
			told = true
		case <-time.After(300 * time.Millisecond):
		}
	}
	if change.State != session.StateActive || change.IdleAt.Sub(s.IdleAt) < time.Second {
		t.Errorf("told %+v, before %v", change, s.IdleAt)
	}
	expiring, _ := next(t, changes, patience)
	if left := time.Until(expiring.IdleAt); expiring.State != session.StateExpiring || left < 0 || left > 6100*time.Millisecond {
		t.Errorf("told %+v with %v left", expiring, left)
	}
	for change = expiring; change.State == session.StateExpiring; { // told again where the clocks disagree on the end
		change, _ = next(t, changes, patience)
	}
	if change.State != session.StateEnded {
		t.Errorf("told %+v", change)
	}
	if change, open := next(t, changes, patience); open {
		t.Errorf("told %+v after the end", change)
	}
}

func TestChangesStopWithTheirReader(t *testing.T) {
	a, b, _ := signedIn(t)
	run(t, a.Manager)
	ctx, cancel := context.WithCancel(t.Context())
	changes := a.Changes(ctx, mustLoad(t, a, b))
	cancel()
	if change, open := next(t, changes, patience); open {
		t.Errorf("told %+v", change)
	}
}

// TestChangesOfASlowReader keeps the newest change, not the first.
func TestChangesOfASlowReader(t *testing.T) {
	t.Parallel()
	a, b, _ := signedIn(t)
	run(t, a.Manager)
	s := mustLoad(t, a, b)
	changes := a.Changes(t.Context(), s)
	time.Sleep(1200 * time.Millisecond)
	for range 3 {
		a.redis.FastForward(5 * time.Minute)
		if _, err := a.Extend(t.Context(), mustLoad(t, a, b)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(600 * time.Millisecond)
	}
	if err := a.End(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	closedWithin(t, a.Watch(t.Context(), s.ID), pushed)
	time.Sleep(200 * time.Millisecond) // for the reader's own follower
	var last session.Change
	told := 0
	for change, open := next(t, changes, patience); open; change, open = next(t, changes, patience) {
		last, told = change, told+1
	}
	if last.State != session.StateEnded || told > 2 { // two when the follower was later still
		t.Errorf("told %d changes, the last %+v", told, last)
	}
}

func TestChangesOfABearerToken(t *testing.T) {
	t.Parallel()
	x := startAPI(t)
	ctx, err := x.Authenticate(t.Context(), "Bearer "+x.esignet.sign(x.resident(set("exp", in(8*time.Second)))))
	if err != nil {
		t.Fatal(err)
	}
	changes := x.Changes(ctx, session.FromContext(ctx))
	if change, _ := next(t, changes, patience); change.State != session.StateEnded {
		t.Errorf("told %+v", change)
	}
}

func TestStateOf(t *testing.T) {
	a := newApp(t, "https://esignet.example")
	now := time.Now()
	for want, s := range map[session.State]*session.Session{
		session.StateActive:   {IdleAt: now.Add(2 * time.Minute), ExpiresAt: now.Add(time.Hour)},
		session.StateExpiring: {IdleAt: now.Add(time.Hour), ExpiresAt: now.Add(50 * time.Second)},
		session.StateEnded:    {IdleAt: now.Add(-time.Second), ExpiresAt: now.Add(time.Hour)},
	} {
		if got := a.StateOf(s); got != want {
			t.Errorf("%+v is %s, not %s", *s, got, want)
		}
	}
}
