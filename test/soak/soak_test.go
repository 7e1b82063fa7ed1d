// Package soak has residents use the server for a while, at a steady pace and with live subscriptions, and looks
// afterwards whether anything was left behind: a goroutine, memory, a file, a job, an event, a change that somebody did
// not see. SOAK=20m is the long form, 50m the longest:
//
//	SOAK=20m go test -count=1 -timeout 40m -v -run TestSoak ./test/soak
package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// size is how much there is of everything.
type size struct {
	during    time.Duration
	people    int
	following int           // subscribers of each
	pace      time.Duration // between two actions of one
	rest      time.Duration // how long the server is left alone before it is compared
	kill      time.Duration // between two lost connections
	sample    time.Duration
}

// What may differ between before and after. Connections to MOSIP's services stay open for a minute, with two goroutines
// and a file each, so the short form, which does not wait for that, has wider bands.
type band struct{ goroutines, files, heapMiB float64 }

func form(t *testing.T) (size, band) {
	during, err := time.ParseDuration(os.Getenv("SOAK"))
	switch {
	case os.Getenv("SOAK") == "":
		return size{during: 20 * time.Second, people: 8, following: 3, pace: time.Second, rest: 3 * time.Second,
			kill: 400 * time.Millisecond, sample: 500 * time.Millisecond}, band{40, 24, 16}
	case err != nil || during > 50*time.Minute: // sessions, and jobs that are done, are kept for an hour
		t.Fatalf("SOAK=%s: a duration of up to 50m", os.Getenv("SOAK"))
	}
	return size{during: during, people: 40, following: 5, pace: 5 * time.Second, rest: 75 * time.Second,
		kill: 2 * time.Second, sample: 5 * time.Second}, band{8, 8, 4}
}

func TestSoak(t *testing.T) {
	size, band := form(t)
	w := newWorld(t)
	people := w.settle(t, size)
	before := w.atRest(t, size.rest)
	samples := w.use(t, people, size)
	w.leave(t, people)
	after := w.atRest(t, size.rest)

	live := growth(samples, func(s sample) float64 { return s.live })
	held := growth(samples, func(s sample) float64 { return s.held })
	for name, allowed := range map[string]float64{goroutines: band.goroutines, openFiles: band.files} {
		if after[name] > before[name]+allowed {
			t.Errorf("%s: %v before and %v after, %v more are allowed", name, before[name], after[name], allowed)
		}
	}
	if live > band.heapMiB {
		t.Errorf("what lives on the heap grew by %.1f MiB, %.0f are allowed", live, band.heapMiB)
	}
	w.report(t, people, map[string]any{
		"seconds": size.during.Seconds(), "residents": size.people, "subscribers": size.people * size.following,
		"goroutinesBefore": before[goroutines], "goroutinesAfter": after[goroutines],
		"filesBefore": before[openFiles], "filesAfter": after[openFiles],
		"heapLiveMiBBefore": before[heapLive] / (1 << 20), "heapLiveMiBAfter": after[heapLive] / (1 << 20), "heapLiveMiBGrowth": live,
		"rssMiBBefore": before[memory] / (1 << 20), "rssMiBAfter": after[memory] / (1 << 20), "rssMiBGrowth": held,
		"cpuSeconds": after[usedCPU] - before[usedCPU], "callsNotOk": after.callsNotOK(),
	})
}

// settle has everybody sign in, look round and follow for a moment, so that what is needed once is there, and answers
// them when the history stands still.
func (w *world) settle(t *testing.T, size size) (people []*person) {
	t.Helper()
	for _, r := range w.Residents(t) {
		if len(people) == size.people {
			break
		}
		if r.Status == "ACTIVATED" && r.Email != "" && r.Phone != "" {
			people = append(people, w.person(t, r.UIN))
		}
	}
	var all sync.WaitGroup
	for _, p := range people {
		all.Go(func() {
			p.lookAtHome()
			p.generateOrRevoke()
			p.generateOrRevoke()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			p.subscribe(size.following)
			p.follow(ctx)
		})
	}
	all.Wait()
	harness.Eventually(t, "what was asked for is done", func() bool { return w.number(t, open) == 0 })
	w.leave(t, people)
	return people
}

// subscribe makes subscribers that follow from now.
func (p *person) subscribe(n int) {
	seq := func() int { return p.world.number(p.t, `select seq from resident_state where token_id = $1`, p.token) }
	cursor := ""
	for p.before = -1; p.before != seq(); { // the two tell the same moment
		p.before = seq()
		cursor, _ = harness.At(p.ask(p.http, bell, nil), "viewer", "changeCursor").(string)
	}
	p.subscribers = nil
	for i := range n {
		p.subscribers = append(p.subscribers, &subscriber{client: p.http, url: p.world.URL, events: i%2 == 1, last: cursor})
	}
}

// follow has the subscribers follow until ctx ends.
func (p *person) follow(ctx context.Context) {
	var all sync.WaitGroup
	for _, s := range p.subscribers {
		all.Go(func() { s.run(ctx) })
	}
	all.Wait()
}

// use is the time in which people act and follow, and connections break. It ends when everybody has seen everything.
func (w *world) use(t *testing.T, people []*person, size size) (samples []sample) {
	t.Helper()
	following, unfollow := context.WithCancel(t.Context())
	defer unfollow()
	acting, stop := context.WithTimeout(t.Context(), size.during)
	defer stop()
	var subscribers, actors sync.WaitGroup
	for _, p := range people {
		p.subscribe(size.following)
		subscribers.Go(func() { p.follow(following) })
	}
	for _, p := range people {
		actors.Go(func() { p.live(acting, size.pace) })
	}
	actors.Go(func() { breakConnections(acting, people, size.kill) })
	samples = w.sampled(t, size.sample, acting.Done())
	actors.Wait()
	wantClosed(t, w, people)
	for _, p := range people {
		p.wantSeen(t)
	}
	unfollow()
	subscribers.Wait()
	return samples
}

func breakConnections(ctx context.Context, people []*person, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p := people[rand.N(len(people))]
			p.subscribers[rand.N(len(p.subscribers))].kill()
		}
	}
}

// leave closes what the browsers keep open and waits until the server has seen that.
func (w *world) leave(t *testing.T, people []*person) {
	t.Helper()
	for _, p := range people {
		p.http.CloseIdleConnections()
	}
	harness.Eventually(t, "every socket is closed", func() bool {
		f := w.read(t)
		return f["resident_graph_open_sockets"]+f["resident_graph_live_subscriptions"] == 0
	})
}

// report prints one line of figures.
func (w *world) report(t *testing.T, people []*person, figures map[string]any) {
	t.Helper()
	done, frames, kills, troubles := map[string]int{}, 0, 0, 0
	for _, p := range people {
		troubles += p.troubles
		for name, n := range p.done {
			done[name] += n
		}
		for _, s := range p.subscribers {
			frames, kills = frames+len(s.frames), kills+s.kills
		}
	}
	figures["id"], figures["done"], figures["changesSeen"], figures["connectionsBroken"] = "soak", done, frames, kills
	figures["upstreamsNotReached"] = troubles
	figures["events"] = w.number(t, `select count(*) from event`)
	figures["failed"] = t.Failed()
	line, err := json.Marshal(figures)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(line))
}
