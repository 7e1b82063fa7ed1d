package datakey

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/test/harness"
)

// What the front end of these tests may ask in production.
const (
	homeDocument       = `query Home { viewer { profile { fullName { value } } vids { nodes { masked } } unreadCount } }`
	grievancesDocument = `query Grievances { viewer { grievances(first: 100) { nodes { message } } } }`
	generateDocument   = `mutation Generate { generateVid(input: {type: TEMPORARY, idempotencyKey: "generate-3"}) {
	  event { eventId status } errors { code } } }`
)

// TestAFreshReplicaWithoutKeyManagerRefusesWhatNeedsIt starts another replica whose Key Manager is away: it must start,
// answer what needs no sealed data, refuse the rest before anything is written, and do all of it when Key Manager is back.
func TestAFreshReplicaWithoutKeyManagerRefusesWhatNeedsIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "15m")
	h.someone(t)
	fresh := newReplica(t, h)
	c := fresh.SignIn(t, h.uinOf(t))
	events := text(t, h.db, `select count(*)::text from event`)

	if answer := ask(t, fresh, c, homeDocument); answer.Data["viewer"] == nil || len(answer.Errors) > 0 {
		t.Errorf("what needs no sealed data answers %+v", answer)
	}
	if answer := ask(t, fresh, c, grievancesDocument); answer.Code("viewer.grievances") != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("grievances answer %+v", answer)
	}
	answer := ask(t, fresh, c, generateDocument)
	if code := harness.At(answer.Data, "generateVid", "errors", 0, "code"); code != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("a mutation answers %+v", answer)
	}
	if n := text(t, h.db, `select count(*)::text from event`); n != events {
		t.Errorf("%s events, %s before what was refused", n, events)
	}
	fresh.Faults(t, map[string]any{})
	harness.Eventually(t, "grievances are answered", func() bool {
		nodes, _ := harness.At(ask(t, fresh, c, grievancesDocument).Data, "viewer", "grievances", "nodes").([]any)
		return len(nodes) == 1
	})
	again := ask(t, fresh, c, generateDocument)
	if harness.At(again.Data, "generateVid", "event", "eventId") == nil {
		t.Errorf("the same key later answers %+v", again)
	}
}

// newReplica starts a server in production beside the one of h, before a MOSIP of its own whose Key Manager is away.
func newReplica(t *testing.T, h *house) *harness.Server {
	t.Helper()
	p := harness.NewProduction(t)
	p.Trust(t, homeDocument, grievancesDocument, generateDocument)
	(&harness.Server{SandboxURL: p.MOSIP.URL()}).Faults(t, map[string]any{"keymanager": map[string]any{"down": true}})
	return p.Start(t, "DATABASE_URL="+h.Database)
}

// ask sends a trusted document by its id.
func ask(t *testing.T, s *harness.Server, c *harness.Client, document string) *harness.Answer {
	t.Helper()
	resp, err := c.HTTP.Post(s.URL+"/graphql", "application/json", bytes.NewReader([]byte(`{"documentId":"`+documents.ID(document)+`"}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := &harness.Answer{Status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
