package reconcile

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const shareMutation = `mutation Share($partner: ID!, $key: String!) {
  shareCredential(input: {idempotencyKey: $key, partnerId: $partner, purpose: "A test.", attributes: [{name: "fullName"}],
    consent: {accepted: true, textVersion: "1"}}) { event { eventId status } errors { code } } }`

const personalizedCardMutation = `mutation Card($key: String!) {
  createPersonalizedCard(input: {idempotencyKey: $key, lang: "eng", attributes: [{name: "fullName"}, {name: "phone"}, {name: "gender"}]}) {
    event { eventId status } errors { code } } }`

// bank answers the id of a partner that can receive shares.
func bank(c *harness.Client) any {
	return harness.At(c.Must(`{ partners(type: AUTH_PARTNER, search: "Savings Bank") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
}

// words answers the last word of each request for a credential, by its id.
func words(t *testing.T, s *harness.Server) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, request := range s.Credentials(t) {
		found[request["requestId"].(string)] = request["statusCode"].(string)
	}
	return found
}

// TestUnknownOutcomesOfSharesAreFoundOut has one share never arrive, and one arrive of which the answer is forgotten.
func TestUnknownOutcomesOfSharesAreFoundOut(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "OUTCOME_GRACE=10s", "UPSTREAM_TIMEOUT=4s")
	s.Settings(t, map[string]any{"dropMessages": true, "cardDelayMs": 1})
	db := database(t, s)
	c := s.SignIn(t, people(t, s)[3].UIN)
	share := func(key string) (string, any) {
		data := c.Must(shareMutation, map[string]any{"partner": bank(c), "key": key})
		return eventOf(data, "shareCredential"), harness.At(data, "shareCredential", "errors", 0, "code")
	}
	taken, refused := share("unknown-share-1")
	if refused != nil {
		t.Fatalf("sharing: %v", refused)
	}
	run(t, db, `update event set status = 'IN_PROGRESS', status_detail = 'UNKNOWN', check_at = now() where event_id = $1`, taken)
	run(t, db, `update idempotency set finished_at = null where event_id = $1`, taken)
	s.Faults(t, map[string]any{"credential": map[string]any{"hang": true}})
	lost, refused := share("unknown-share-2")
	if refused != "OUTCOME_UNKNOWN" {
		t.Errorf("a share without an answer: %v", refused)
	}
	s.Faults(t, map[string]any{})
	harness.Within(t, 120*time.Second, "both are settled", func() bool {
		return number(t, db, `select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER' and status = 'IN_PROGRESS'`) == 0
	})
	for event, want := range map[string]string{taken: "RECEIVED", lost: "FAILED"} {
		if got := text(t, db, `select status_detail from event where event_id = $1`, event); got != want {
			t.Errorf("%s is %s, want %s", event, got, want)
		}
	}
	for i, want := range []string{taken, lost} {
		if again, _ := share(fmt.Sprintf("unknown-share-%d", i+1)); again != want {
			t.Errorf("the key answers %s, want %s", again, want)
		}
	}
	if all := words(t, s); len(all) != 1 {
		t.Errorf("MOSIP holds %v, want one request", all)
	}
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
}

// TestNoKillSharesTwiceOrLies ends the server without warning while residents share and make cards, and has them repeat
// what had no answer. Afterwards every share stands as MOSIP holds it, no key shared twice, and every card that is ready
// is kept.
func TestNoKillSharesTwiceOrLies(t *testing.T) {
	t.Parallel()
	cycles := size("RECONCILE_KILLS", 5)
	s := harness.Start(t, "OUTCOME_GRACE=15s", "UPSTREAM_TIMEOUT=3s")
	db := database(t, s)
	all := people(t, s)
	for i := range cycles {
		c := s.SignIn(t, all[i%len(all)].UIN)
		tries := []struct {
			query     string
			variables map[string]any
		}{
			{shareMutation, map[string]any{"partner": bank(c), "key": fmt.Sprintf("kill-share-%04d", i)}},
			{personalizedCardMutation, map[string]any{"key": fmt.Sprintf("kill-card-%04d", i)}},
		}
		s.Faults(t, map[string]any{"credential": map[string]any{"latencyMs": 20}, "keymanager": map[string]any{"latencyMs": 20}})
		var wg sync.WaitGroup
		for _, try := range tries {
			wg.Go(func() { attempt(c, s.URL, try.query, try.variables) })
		}
		time.Sleep(time.Duration(rand.N(150)) * time.Millisecond)
		s.Kill()
		wg.Wait()
		s.Run()
		again := s.SignIn(t, all[i%len(all)].UIN) // the session was in the Redis of the sandbox
		for _, try := range tries {
			wg.Go(func() { attempt(again, s.URL, try.query, try.variables) })
		}
		wg.Wait()
	}
	took := harness.Within(t, 120*time.Second, "no event is open", func() bool {
		return number(t, db, `select count(*) from event where status = 'IN_PROGRESS'`) == 0
	})
	upstream := words(t, s)
	t.Logf("%d kills: %d shares begun, %d taken by MOSIP, %d cards, all settled %s after the last", cycles,
		number(t, db, `select count(*) from share`), len(upstream), number(t, db, `select count(*) from file`), took)
	for id, word := range upstream {
		if got := text(t, db, `select status_detail from event where credential_request_id = $1`, id); got != word {
			t.Errorf("MOSIP has %s and the history tells %s", word, got)
		}
	}
	if n := number(t, db, `select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER' and status <> 'FAILED'`); n != len(upstream) {
		t.Errorf("%d shares are told, MOSIP holds %d", n, len(upstream))
	}
	if n := number(t, db, `select count(*) from event e where status_detail = 'CARD_DOWNLOADED'
		and not exists (select 1 from file f where f.token_id = e.token_id and f.key = 'card/' || e.event_id)`); n != 0 {
		t.Errorf("%d cards are ready and not kept", n)
	}
	if n := number(t, db, `select count(*) from file`) - number(t, db, `select count(*) from event where status_detail = 'CARD_DOWNLOADED'`); n != 0 {
		t.Errorf("%d files belong to no card", n)
	}
	if n := number(t, db, `select count(*) from idempotency where finished_at is null`); n != 0 {
		t.Errorf("%d keys are not settled", n)
	}
}
