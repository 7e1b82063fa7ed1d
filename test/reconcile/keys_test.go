package reconcile

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
)

// openRequest is a kind of event that a resident made and that upstream never heard of.
var openRequest = map[string]string{"DOWNLOAD_PERSONALIZED_CARD": "null, null", "VID_CARD_DOWNLOAD": "'never-1', null",
	"SHARE_CRED_WITH_PARTNER": "'never-2', null", "UPDATE_MY_UIN": "null, 'never-3'"}

// neverSent adds an event of each kind that is so old, is not looked at before it is hastened, and was never sent.
func neverSent(t *testing.T, db *pgxpool.Pool, first int, age string) {
	t.Helper()
	for request, columns := range openRequest {
		run(t, db, `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, individual_id,
				credential_request_id, aid, check_at)
			select token_id, $1, $2, 'IN_PROGRESS', 'NEW', now() - $3::interval, now() - $3::interval, individual_id, `+columns+`, now() + interval '1 hour'
			from event where request_type = 'GENERATE_VID' limit 1`, fmt.Sprint(5000000000000000+first), request, age)
		first++
	}
}

// TestAWriteThatWasNeverSentEndsHoweverOldItIs has the keeper pass by writes that were begun three days ago and never
// sent: their keys stay until they have ended, and the keys of what has ended do not.
func TestAWriteThatWasNeverSentEndsHoweverOldItIs(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[0].UIN)
	if made := eventOf(c.Must(generateMutation, map[string]any{"type": "TEMPORARY", "key": "ended-long-ago"}), "generateVid"); made == "" {
		t.Fatal("no event")
	}
	s.Stop()
	neverSent(t, db, 1, "3 days")
	run(t, db, `update idempotency set started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'`)
	run(t, db, `insert into idempotency (token_id, mutation, key, input_hash, event_id, started_at)
		select token_id, request_type, 'never-sent', 'x', event_id, created_at from event where status = 'IN_PROGRESS'`)
	run(t, db, `update reconcile_state set hastened_at = now()`) // nobody looks before the keeper has been there
	s.Run()
	harness.Eventually(t, "the key of what has ended is forgotten", func() bool {
		return number(t, db, `select count(*) from idempotency where key = 'ended-long-ago'`) == 0
	})
	if n := number(t, db, `select count(*) from idempotency where key = 'never-sent' and finished_at is null`); n != len(openRequest) {
		t.Errorf("%d keys of open events are left, want %d", n, len(openRequest))
	}
	run(t, db, `update event set check_at = now() where status = 'IN_PROGRESS'`)
	harness.Eventually(t, "what was never sent has failed", func() bool {
		return number(t, db, `select count(*) from event where status_detail = 'FAILED' and error_code = 'UPSTREAM_UNAVAILABLE'`) == len(openRequest)
	})
	if n := number(t, db, `select count(*) from idempotency where key = 'never-sent' and finished_at is not null`); n != len(openRequest) {
		t.Errorf("%d keys are settled, want %d", n, len(openRequest))
	}
}

// TestAnEventWithoutAKeyEndsWhenUpstreamDoesNotKnowIt looks at events whose keys were forgotten: those that are older than
// an hour have failed, a younger one may still be on its way from elsewhere.
func TestAnEventWithoutAKeyEndsWhenUpstreamDoesNotKnowIt(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[0].UIN)
	if made := eventOf(c.Must(generateMutation, map[string]any{"type": "TEMPORARY", "key": "without-key"}), "generateVid"); made == "" {
		t.Fatal("no event")
	}
	neverSent(t, db, 1, "61 minutes")
	neverSent(t, db, 101, "50 minutes")
	run(t, db, `update event set check_at = now() where status = 'IN_PROGRESS'`)
	harness.Eventually(t, "all were asked about", func() bool {
		return number(t, db, `select count(*) from event where request_type = any($1) and checks = 0`, kinds()) == 0 &&
			number(t, db, `select count(*) from event where status = 'FAILED'`) >= len(openRequest)
	})
	if n := number(t, db, `select count(*) from event where status = 'FAILED' and created_at < now() - interval '1 hour'`); n != len(openRequest) {
		t.Errorf("%d of the old events have failed, want %d", n, len(openRequest))
	}
	if n := number(t, db, `select count(*) from event where status = 'IN_PROGRESS' and created_at > now() - interval '1 hour'`); n != len(openRequest) {
		t.Errorf("%d of the younger events are open, want %d", n, len(openRequest))
	}
}

func kinds() (requests []string) {
	for request := range openRequest {
		requests = append(requests, request)
	}
	return requests
}
