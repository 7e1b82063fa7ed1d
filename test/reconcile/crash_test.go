package reconcile

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// messagesInHand is how many messages one process sends at a time.
const messagesInHand = 8

// TestAKilledServerSendsAgainOnlyWhatItHadInHand kills the server when it has sent messages and not written that down,
// which is the worst that can happen: those, and no others, are sent again.
func TestAKilledServerSendsAgainOnlyWhatItHadInHand(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "UPSTREAM_TIMEOUT=15s")
	db := database(t, s)
	const events = 10
	var clients []*harness.Client
	for _, p := range people(t, s)[:events] {
		clients = append(clients, s.SignIn(t, p.UIN))
	}
	s.Faults(t, map[string]any{"notification": map[string]any{"latencyMs": 4000}})
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			c.Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": fmt.Sprintf("crash-vid-%02d", i)})
		})
	}
	all.Wait()
	lock, err := db.Begin(t.Context()) // from here on nobody can write down what was sent
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback(context.Background()) }()
	if _, err := lock.Exec(t.Context(), `lock table river_job in share row exclusive mode`); err != nil {
		t.Fatal(err)
	}
	inHand := number(t, db, `select count(*) from river_job where kind = 'notify' and state = 'running'`)
	written := number(t, db, `select count(*) from river_job where kind = 'notify' and state = 'completed'`)
	if inHand == 0 || inHand > messagesInHand {
		t.Fatalf("%d messages in hand, want 1 to %d", inHand, messagesInHand)
	}
	harness.Eventually(t, "they are sent", func() bool { return len(mailbox(t, s, "")) == written+inHand })
	s.Kill()
	if err := lock.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Run()
	// Two minutes later River takes up what nobody works on any more.
	run(t, db, `update river_job set attempted_at = attempted_at - interval '2 minutes' where state = 'running'`)
	harness.Within(t, 2*time.Minute, "every message is written down", func() bool {
		run(t, db, `update river_job set scheduled_at = now(), state = 'available' where state in ('scheduled', 'retryable')`)
		return number(t, db, `select count(*) from river_job where kind = 'notify' and state <> 'completed'`) == 0
	})
	sent := mailbox(t, s, "")
	each := map[string]int{}
	for _, m := range sent {
		each[m.Channel+" "+m.To[0]]++
	}
	if len(each) != 2*events || len(sent) != 2*events+inHand {
		t.Errorf("%d messages to %d addresses, want %d to %d: each once, and those in hand twice", len(sent), len(each), 2*events+inHand, 2*events)
	}
	t.Logf("%d of %d messages were in hand, and went out twice", inHand, 2*events)
	for to, n := range each {
		if n > 2 {
			t.Errorf("%d messages by %s", n, strings.Fields(to)[0])
		}
	}
}

// TestAMessageIsGivenUpAfterMoreThanADay has the notifier be away for 27 hours.
func TestAMessageIsGivenUpAfterMoreThanADay(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db := database(t, s)
	s.Faults(t, map[string]any{"notification": map[string]any{"status": 503}})
	made := eventOf(s.SignIn(t, people(t, s)[0].UIN).Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": "given-up-1"}), "generateVid")
	harness.Eventually(t, "it has been tried", func() bool {
		return number(t, db, `select count(*) from river_job where kind = 'notify' and metadata ? 'snoozes'`) == 2
	})
	run(t, db, `update river_job set created_at = created_at - interval '27 hours', scheduled_at = now(), state = 'available' where kind = 'notify'`)
	harness.Eventually(t, "both are parked, and the audit manager knows", func() bool {
		var written []map[string]string
		control(t, s, http.MethodGet, "/sandbox/audits", nil, &written)
		failures := 0
		for _, w := range written {
			if w["eventId"] == "RES-SER-403" && strings.Contains(w["description"], made) {
				failures++
			}
		}
		return failures == 2 && number(t, db, `select count(*) from river_job where kind = 'notify' and state = 'cancelled'`) == 2
	})
	if got := text(t, db, `select status from event where event_id = $1`, made); got != "SUCCESS" {
		t.Errorf("the event is %s", got)
	}
}
