package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// ways are what impatient residents do with one wish. Each answers how many events it must come to.
var ways = map[string]func(t *testing.T, p *person, i intent) (events int){
	"clicks twenty times": func(t *testing.T, p *person, i intent) int {
		var clicks sync.WaitGroup
		for range 20 {
			clicks.Go(func() { finally(t, p, i) })
		}
		clicks.Wait()
		return 1
	},
	"reloads the page": func(t *testing.T, p *person, i intent) int {
		for range 3 {
			ctx, cancel := context.WithTimeout(context.Background(), rand.N(30*time.Millisecond))
			_, _ = p.askWithin(ctx, i) // nobody reads the answer
			cancel()
		}
		finally(t, p, i)
		return 1
	},
	"has two tabs": func(t *testing.T, p *person, i intent) int {
		var tabs sync.WaitGroup
		for _, tab := range []intent{i, generateVid()} {
			tabs.Go(func() { finally(t, p, tab) })
		}
		tabs.Wait()
		return 2
	},
}

// finally has a wish come to its end.
func finally(t *testing.T, p *person, i intent) answer {
	ctx, cancel := context.WithTimeout(context.Background(), settleWithin)
	defer cancel()
	a, err := p.insist(ctx, i)
	if err != nil {
		t.Error(err)
	}
	return a
}

// TestImpatientResidents (F18) has one event come of each wish, whatever is done with it.
func TestImpatientResidents(t *testing.T) {
	t.Parallel()
	wishes := size("FAULT_WISHES", 30)
	w := start(t, 10)
	const begun = `select count(*) from event where request_type in ('GENERATE_VID', 'SHARE_CRED_WITH_PARTNER')`
	n, left := 0, wishes
	for round := 0; left > 0; round++ {
		w.refill()
		for name, way := range ways {
			for _, p := range w.people {
				if left == 0 {
					break
				}
				left--
				wish := generateVid()
				if left%2 == 0 {
					wish = shareCredential(p.partner("Example Savings Bank"), "mpartner-default-bank", "fullName")
				}
				before := w.number(begun)
				want := way(t, p, wish)
				if got := w.number(begun) - before; got != want {
					t.Errorf("a resident who %s has %d events, want %d", name, got, want)
				}
				n += want
				w.revokeAll(p)
			}
		}
	}
	report(t, "F18", wishes, w.account().Faults(), nil, fmt.Sprintf("%d VIDs and shares", n))
	w.forgottenKeys() // last: the ledgers have one intent per key
}

// revokeAll makes room for more VIDs.
func (w *world) revokeAll(p *person) {
	w.t.Helper()
	var data struct {
		Viewer struct {
			Vids struct {
				Nodes []struct{ ID, Type, Masked string }
			}
		}
	}
	p.mustPost(screen, &data)
	for _, v := range data.Viewer.Vids.Nodes {
		if v.Type == "TEMPORARY" {
			finally(w.t, p, revokeVid(v.ID, v.Masked))
		}
	}
}

// forgottenKeys repeats one wish just before its key is forgotten and another just after: that is a wish of its own.
func (w *world) forgottenKeys() {
	w.t.Helper()
	const keptFor = 48 * time.Hour
	p := w.people[0]
	known, forgotten := setAuthLock("DEMO", true), setAuthLock("BIO_FACE", true)
	first := map[string]answer{known.key: finally(w.t, p, known), forgotten.key: finally(w.t, p, forgotten)}
	w.quiet() // the key of an open event is not forgotten
	for key, age := range map[string]time.Duration{known.key: keptFor - 5*time.Minute, forgotten.key: keptFor + time.Second} {
		w.exec(`update idempotency set started_at = now() - $2::interval where key = $1`, key, age)
	}
	w.server.Stop()
	w.restart() // which looks at once for what is old
	harness.Eventually(w.t, "the older key is forgotten", func() bool {
		return w.number(`select count(*) from idempotency where key = $1`, forgotten.key) == 0
	})
	if again := finally(w.t, p, known); again.Event != first[known.key].Event {
		w.t.Error("before its key is forgotten, a wish has another event")
	}
	if again := finally(w.t, p, forgotten); again.Event == "" || again.Event == first[forgotten.key].Event {
		w.t.Errorf("after its key was forgotten, a wish is answered %+v", again)
	}
}
