package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/ports"
)

// TestPoisonedMessages (F20) has messages come that nobody can work on, among others. They are set aside, at once or
// after twelve tries; the others flow; an operator sees how many there are.
func TestPoisonedMessages(t *testing.T) {
	t.Parallel()
	poisoned := size("FAULT_POISONED", 20)
	metrics := fmt.Sprintf("127.0.0.1:%d", ports.Reserve(t))
	w := start(t, 2, with("METRICS_ADDR="+metrics))
	p, h := w.people[0], w.hooks()[transactions]
	w.follow(p)
	before := w.authentications()
	for i := range poisoned {
		bad := w.authenticated(p, fmt.Sprintf("poisoned-%d", i), time.Now())
		data := bad["event"].(map[string]any)
		if i%2 == 0 {
			data["transactionId"] = "" // nothing will ever tell it from others
		} else {
			data["transactionId"] = "a\x00b" + fmt.Sprint(i) // no text for Postgres: an error of the store, so it is tried again
		}
		for _, message := range []any{bad, w.authenticated(p, fmt.Sprintf("sound-%d", i), time.Now())} {
			body, err := json.Marshal(message)
			w.must(err)
			if status, _ := w.deliver(h, body, []string{sign256(h.secret, body)}, true); status/100 != 2 {
				t.Errorf("a signed message was answered %d", status)
			}
		}
	}
	w.within(quietWithin, "the others have flowed", func() bool { return w.authentications()-before == poisoned })
	if n := w.number(`select max(attempts) from delivery where applied_at is null and parked is null`); n == 0 {
		t.Error("no message waits to be tried again")
	}
	w.within(quietWithin, "all that is poisoned is parked", func() bool {
		w.exec(`update delivery set next_at = now() where applied_at is null and parked is null`) // time passes
		return w.number(`select count(*) from delivery where parked is not null`) == poisoned
	})
	if n := w.number(`select count(*) from delivery where parked is not null and attempts = 12`); n != poisoned/2 {
		t.Errorf("%d messages were tried twelve times, want %d", n, poisoned/2)
	}
	b, err := store.New(w.db).Backlog(context.Background())
	w.must(err)
	if b.ParkedDeliveries != poisoned {
		t.Errorf("operators see %d parked messages, want %d", b.ParkedDeliveries, poisoned)
	}
	harness.Eventually(t, "the metrics tell how many are parked", func() bool {
		resp, err := http.Get("http://" + metrics + "/metrics")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		return err == nil && strings.Contains(string(text), fmt.Sprintf("\nresident_graph_parked_deliveries %d\n", poisoned))
	})
	if n := strings.Count(w.server.Log(), `"delivery parked"`); n != poisoned {
		t.Errorf("the log tells of %d parked messages, want %d", n, poisoned)
	}
	report(t, "F20", poisoned, w.account().Faults(), nil, "")
}
