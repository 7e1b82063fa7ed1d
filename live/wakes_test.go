package live_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/live"
)

// process is one process's Wakes with its own connection.
func process(t *testing.T, addr string, heartbeat time.Duration, hook ...redis.Hook) *live.Wakes {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, DialTimeout: time.Second, ContextTimeoutEnabled: true})
	for _, h := range hook {
		rdb.AddHook(h)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	w := live.NewWakes(rdb, heartbeat, slog.New(slog.DiscardHandler))
	running(t, w.Run)
	return w
}

// followed follows a token until the test ends.
func followed(t *testing.T, w *live.Wakes, tokenID string) <-chan struct{} {
	t.Helper()
	wake, stop := w.Follow(tokenID)
	t.Cleanup(stop)
	return wake
}

func woken(wake <-chan struct{}, within time.Duration) bool {
	select {
	case <-wake:
		return true
	case <-time.After(within):
		return false
	}
}

// connect waits until wakes of one process reach the other.
func connect(t *testing.T, from, to *live.Wakes) {
	t.Helper()
	wake, stop := to.Follow("probe")
	defer stop()
	soon(t, patience, "the processes hear each other", func() bool {
		from.Wake(context.Background(), "probe")
		return woken(wake, 20*time.Millisecond)
	})
}

func TestWakeReachesOnlyFollowersOfTheToken(t *testing.T) {
	addr := miniredis.RunT(t).Addr()
	a, b := process(t, addr, time.Hour), process(t, addr, time.Hour)
	connect(t, a, b)
	connect(t, b, a)
	mine, theirs, elsewhere := followed(t, a, "one"), followed(t, a, "two"), followed(t, b, "one")
	a.Wake(t.Context(), "one")
	if !woken(mine, patience) || !woken(elsewhere, patience) {
		t.Fatal("a follower was not woken")
	}
	if woken(theirs, 50*time.Millisecond) {
		t.Error("a follower of another token was woken")
	}
	if woken(mine, 50*time.Millisecond) {
		t.Error("our own message woke us a second time")
	}
}

func TestWakesCoalesce(t *testing.T) {
	addr := miniredis.RunT(t).Addr()
	w := process(t, addr, time.Hour)
	connect(t, process(t, addr, time.Hour), w) // a connection wakes everybody, so it is made first
	wake := followed(t, w, "one")
	for range 100 {
		w.Wake(t.Context(), "one")
	}
	if !woken(wake, patience) {
		t.Fatal("not woken")
	}
	if woken(wake, 50*time.Millisecond) {
		t.Error("a hundred wakes that nobody waited for came as more than one")
	}
}

func TestHeartbeatCoversLostWakes(t *testing.T) {
	t.Parallel()
	const changes, heartbeat = 200, 50 * time.Millisecond
	addr := miniredis.RunT(t).Addr()
	var lost atomic.Int64
	sender := process(t, addr, time.Hour, dropping{share: 0.3, lost: &lost})
	reader := process(t, addr, heartbeat)
	connect(t, sender, reader)
	wake := followed(t, reader, "one")
	var written, read atomic.Int64
	var worst time.Duration
	for range changes {
		written.Add(1)
		sender.Wake(t.Context(), "one")
		begun := time.Now()
		for read.Load() < written.Load() {
			if !woken(wake, patience) { // without a heartbeat, a lost wake never comes
				t.Fatalf("no wake of change %d", written.Load())
			}
			read.Store(written.Load())
		}
		worst = max(worst, time.Since(begun))
	}
	if lost.Load() < changes/5 {
		t.Fatalf("only %d of %d wakes were dropped", lost.Load(), changes)
	}
	t.Logf("%d of %d wakes dropped, worst delay %v", lost.Load(), changes, worst)
}

func TestRedisRestartWakesEverybody(t *testing.T) {
	server := miniredis.RunT(t)
	a, b := process(t, server.Addr(), time.Hour), process(t, server.Addr(), time.Hour)
	connect(t, a, b)
	here, there := followed(t, a, "one"), followed(t, b, "one")
	server.Close()
	begun := time.Now()
	a.Wake(t.Context(), "one")
	if took := time.Since(begun); took > patience {
		t.Errorf("a wake took %v while Redis was down", took)
	}
	if !woken(here, patience) {
		t.Error("a local follower was not woken while Redis was down")
	}
	if woken(there, 50*time.Millisecond) {
		t.Error("woken without Redis")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if !woken(here, patience) || !woken(there, patience) {
		t.Fatal("a reconnection did not wake everybody")
	}
	connect(t, a, b)
}

// A connection whose other end vanished without a word must be noticed.
func TestSilentConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	proxy := newProxy(t, server.Addr())
	w := process(t, proxy.addr, time.Hour)
	other := process(t, server.Addr(), time.Hour)
	connect(t, other, w)
	wake := followed(t, w, "one")
	proxy.mute()
	if !woken(wake, time.Minute) {
		t.Fatal("no reconnection")
	}
	connect(t, other, w)
}

func TestHangingRedisDelaysNobody(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	w := process(t, listener.Addr().String(), time.Hour)
	wake := followed(t, w, "one")
	begun := time.Now()
	for range 1000 {
		w.Wake(t.Context(), "one")
	}
	if took := time.Since(begun); took > patience { // each would wait for seconds
		t.Errorf("1000 wakes took %v", took)
	}
	if !woken(wake, patience) {
		t.Error("a local follower was not woken")
	}
}

// A process that ends tells what it still knows.
func TestEndSendsWhatIsLeft(t *testing.T) {
	addr := miniredis.RunT(t).Addr()
	reader := process(t, addr, time.Hour)
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	defer rdb.Close()
	last := live.NewWakes(rdb, time.Hour, slog.New(slog.DiscardHandler))
	connect(t, process(t, addr, time.Hour), reader)
	wake := followed(t, reader, "one")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	last.Wake(t.Context(), "one")
	if err := last.Run(ended); err != nil {
		t.Fatal(err)
	}
	if !woken(wake, patience) {
		t.Error("a wake was lost at the end")
	}
}

func TestSlowFollowerDelaysOnlyItself(t *testing.T) {
	w := process(t, miniredis.RunT(t).Addr(), time.Hour)
	followed(t, w, "one") // never reads
	quick := followed(t, w, "one")
	for range 1000 {
		w.Wake(t.Context(), "one")
		if !woken(quick, patience) {
			t.Fatal("the quick follower waits for the slow one")
		}
	}
}

func TestTenThousandFollowersOneWake(t *testing.T) {
	const n = 10_000
	addr := miniredis.RunT(t).Addr()
	a, b := process(t, addr, time.Hour), process(t, addr, time.Hour)
	connect(t, a, b)
	var reached sync.WaitGroup
	stops := make([]func(), n)
	for i := range n {
		wake, stop := b.Follow("one")
		stops[i] = stop
		reached.Go(func() { <-wake })
	}
	if got := b.Followers(); got != n {
		t.Fatalf("%d followers", got)
	}
	begun := time.Now()
	a.Wake(t.Context(), "one")
	reached.Wait()
	t.Logf("%d followers woken in %v", n, time.Since(begun))
	for _, stop := range stops {
		stop()
		stop() // a second time does nothing
	}
	if got := b.Followers(); got != 0 {
		t.Errorf("%d followers after all stopped", got)
	}
}

func TestFollowersComeAndGoWhileWoken(t *testing.T) {
	w := process(t, miniredis.RunT(t).Addr(), time.Millisecond)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 50 {
				wake, stop := w.Follow("one")
				if rand.N(2) == 0 {
					<-wake // a heartbeat at the latest
				}
				stop()
			}
		})
	}
	for range 200 {
		w.Wake(t.Context(), "one")
	}
	all.Wait()
	if got := w.Followers(); got != 0 {
		t.Errorf("%d followers left", got)
	}
}
