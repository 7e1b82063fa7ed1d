// Package idor tries everything that names something of one resident in the hands of another. The list of what can be
// named, and where, is read from the schema: an argument that nobody thought of fails the tests until it has a case.
package idor

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// unlimited switches the rate limits off: they would answer before what is tested does.
var unlimited = []string{"RATE_RESIDENT=0", "RATE_SOURCE=0"}

// person is a resident of the sandbox in a browser of their own.
type person struct {
	harness.Resident
	*harness.Client
	t       testing.TB
	server  *harness.Server
	handles []handle
}

// with answers the same person for a subtest.
func (p *person) with(t testing.TB) *person {
	own := *p
	own.t, own.Client = t, p.With(t)
	return &own
}

// residents answers so many residents whose data are all there and who have not signed in yet.
func residents(t *testing.T, s *harness.Server, n int) []harness.Resident {
	t.Helper()
	found := slices.DeleteFunc(s.Residents(t), func(r harness.Resident) bool {
		return r.Status != "ACTIVATED" || r.Email == "" || r.Phone == "" || len(r.Vids) < 2
	})
	if len(found) < n {
		t.Fatalf("the sandbox has %d residents with everything, %d are needed", len(found), n)
	}
	return found[:n]
}

// settle signs a resident in and gives them a history, so that there is something of every kind to name.
func settle(t *testing.T, s *harness.Server, r harness.Resident) *person {
	t.Helper()
	s.Authenticate(t, r.UIN, "mpartner-default-health")
	p := &person{Resident: r, Client: s.SignIn(t, r.UIN), t: t, server: s}
	for i, locked := range []bool{true, false} {
		p.Must(`mutation ($key: String!, $locked: Boolean!) {
		  setAuthLocks(input: {idempotencyKey: $key, changes: [{type: DEMO, locked: $locked}]}) { errors { code } } }`,
			map[string]any{"key": []string{"history-first", "history-second"}[i], "locked": locked})
	}
	p.complain()
	p.card()
	p.share()
	opened := p.order("first-order")
	p.handles = append(harvest(t, p.Client), walk(contract(t), contract(t).Mutation, "", opened)...)
	// Signing out gives a link too, and is done in another browser.
	out := s.SignIn(t, r.UIN).Must(`mutation { signOut { signOutUrl } }`, nil)
	p.handles = append(p.handles, walk(contract(t), contract(t).Mutation, "", out)...)
	p.Settled()
	return p
}

// complain reports two grievances about the resident's first event.
func (p *person) complain() {
	p.t.Helper()
	event := harness.At(p.Must(`{ viewer { serviceHistory(first: 1) { nodes { eventId } } } }`, nil), "viewer", "serviceHistory", "nodes", 0, "eventId")
	for _, key := range []string{"grievance-first", "grievance-second"} {
		p.Must(`mutation ($key: String!, $event: EventID!) {
		  reportGrievance(input: {idempotencyKey: $key, eventId: $event, message: "This was not me."}) { errors { code } } }`,
			map[string]any{"key": key, "event": event})
	}
}

// canaries are the texts that must not appear in another resident's answer.
func (p *person) canaries() []string {
	texts := []string{p.UIN, p.Email, p.Phone}
	texts = slices.AppendSeq(texts, maps.Values(p.Names))
	for _, v := range p.Vids {
		texts = append(texts, v.VID)
	}
	for _, h := range p.handles {
		texts = append(texts, h.value)
	}
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// plain answers what came without what differs from request to request: the trace ids.
func plain(t testing.TB, answer any) string {
	t.Helper()
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	raw, err = json.Marshal(without(value, "traceId"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// without removes an entry from every object of decoded JSON.
func without(value any, names ...string) any {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range names {
			delete(value, name)
		}
		for _, v := range value {
			without(v, names...)
		}
	case []any:
		for _, v := range value {
			without(v, names...)
		}
	}
	return value
}

// card makes a card, so that there is a link to a file.
func (p *person) card() {
	p.t.Helper()
	p.Must(`mutation { createPersonalizedCard(input: {idempotencyKey: "first-card", lang: "eng",
	  attributes: [{name: "fullName"}, {name: "gender"}, {name: "phone"}]}) { errors { code } } }`, nil)
}

// share shares twice with a partner, which reports at once.
func (p *person) share() {
	p.t.Helper()
	p.server.Settings(p.t, map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1})
	health := harness.At(p.Must(`{ partners(type: AUTH_PARTNER, search: "Health") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
	for _, key := range []string{"first-share", "second-share"} {
		p.Must(`mutation ($key: String!, $partner: ID!) { shareCredential(input: {idempotencyKey: $key, partnerId: $partner, purpose: "Treatment.",
		  attributes: [{name: "fullName"}], consent: {accepted: true, textVersion: "1"}}) { errors { code } } }`,
			map[string]any{"key": key, "partner": health})
	}
	p.Settled()
}
