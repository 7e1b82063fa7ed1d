package reconcile

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const cardMutation = `mutation ($vid: ID!, $key: String!) {
  requestVidCard(input: {vidId: $vid, idempotencyKey: $key}) { event { eventId } errors { code } } }`

// TestNoKillMakesTwoCards ends the server without warning while cards are asked for. Afterwards every event
// has at most its own request, and says what became of it.
func TestNoKillMakesTwoCards(t *testing.T) {
	t.Parallel()
	cycles := size("RECONCILE_KILLS", 5)
	s := harness.Start(t, "OUTCOME_GRACE=15s", "UPSTREAM_TIMEOUT=3s")
	db := database(t, s)
	p := people(t, s)[0]
	for i := range cycles {
		c := s.SignIn(t, p.UIN)
		vid := harness.At(c.Must(`{ viewer { vids(first: 1) { nodes { id } } } }`, nil), "viewer", "vids", "nodes", 0, "id")
		s.Faults(t, map[string]any{"credential": map[string]any{"latencyMs": 20}, "vid": map[string]any{"latencyMs": 20}})
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				attempt(c, s.URL, cardMutation, map[string]any{"vid": vid, "key": fmt.Sprintf("kill-card-%04d-%d", i, n)})
			})
		}
		time.Sleep(time.Duration(rand.N(200)) * time.Millisecond)
		s.Kill()
		wg.Wait()
		s.Run()
	}
	harness.Within(t, 120*time.Second, "no event is open", func() bool {
		return number(t, db, `select count(*) from event where status = 'IN_PROGRESS'`) == 0
	})
	requests := s.CardRequests(t)
	for _, r := range requests {
		if n := number(t, db, `select count(*) from event where credential_request_id = $1 and status = 'SUCCESS'`, r.RequestID); n != 1 {
			t.Errorf("a request belongs to %d events that say so", n)
		}
	}
	told := number(t, db, `select count(*) from event where request_type = 'VID_CARD_DOWNLOAD' and status = 'SUCCESS'`)
	if told != len(requests) {
		t.Errorf("%d cards were asked for and %d events tell so", len(requests), told)
	}
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
	t.Logf("%d kills, %d cards, %d events", cycles, told, number(t, db, `select count(*) from event where request_type = 'VID_CARD_DOWNLOAD'`))
}

const uinCardMutation = `mutation ($key: String!) {
  fetchUinCard(input: {idempotencyKey: $key}) { event { eventId } card { file { url } } errors { code } } }`

// TestAUinCardThatWasInterruptedEnds: there is nothing to send, and when the reconciler asks the generator may hold the
// request in any state, such as when an operator has it started over.
func TestAUinCardThatWasInterruptedEnds(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		kept       bool
		word, want string
	}{
		"the card is here":       {true, "RETRY", "SUCCESS STORED"},
		"the card is not here":   {false, "RETRY", "FAILED FAILED"},
		"it is as it was before": {false, "STORED", "SUCCESS STORED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t)
			db := database(t, s)
			c := s.SignIn(t, people(t, s)[0].UIN)
			if row.kept {
				download(t, s, c, harness.At(c.Must(uinCardMutation, map[string]any{"key": "whole-card"}), "fetchUinCard", "card", "file", "url"))
			}
			eventID := eventOf(c.Must(uinCardMutation, map[string]any{"key": "interrupted"}), "fetchUinCard")
			request := harness.CardRequest{RequestID: text(t, db, `select credential_request_id from event where event_id = $1`, eventID), Status: row.word}
			for _, r := range s.CardRequests(t) {
				if r.RequestID == request.RequestID {
					request.ID, request.URL = r.ID, r.URL
				}
			}
			s.MoveCardRequest(t, request)
			run(t, db, `with key as (update idempotency set finished_at = null, started_at = now() - interval '1 hour' where event_id = $1)
				update event set status = 'IN_PROGRESS', status_detail = 'NEW', created_at = now() - interval '1 hour', check_at = now()
				where event_id = $1`, eventID) // as a server leaves them that dies before it records the outcome
			const how = `select status || ' ' || status_detail from event where event_id = $1`
			harness.Eventually(t, "the event has ended", func() bool { return text(t, db, how, eventID) != "IN_PROGRESS NEW" })
			if got := text(t, db, how, eventID); got != row.want {
				t.Errorf("it ended as %s, want %s", got, row.want)
			}
		})
	}
}

func download(t *testing.T, s *harness.Server, c *harness.Client, address any) {
	t.Helper()
	resp, err := c.HTTP.Get(s.URL + fmt.Sprint(address))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n == 0 || resp.StatusCode != http.StatusOK {
		t.Fatalf("the card: %d, %d bytes: %v", resp.StatusCode, n, err)
	}
}
