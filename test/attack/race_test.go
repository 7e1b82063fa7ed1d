package attack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
)

const connections = 20

// thief is a resident who tries to get two of something.
type thief struct {
	t *testing.T
	s *harness.Server
	c *harness.Client
}

func newThief(t *testing.T, env ...string) thief {
	s := harness.Start(t, append([]string{"RATE_RESIDENT=0"}, env...)...)
	return thief{t, s, s.SignIn(t, someone(t, s).UIN)}
}

// at sends bodies at the same time, each over a connection of its own, and answers what came in their order.
func (x thief) at(bodies ...[]byte) []map[string]any {
	x.t.Helper()
	came := make([]map[string]any, len(bodies))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, body := range bodies {
		wg.Go(func() {
			own := http.DefaultTransport.(*http.Transport).Clone()
			defer own.CloseIdleConnections()
			<-start
			r, err := send(x.t.Context(), &http.Client{Jar: x.c.HTTP.Jar, Transport: own}, http.MethodPost, x.s.URL+"/graphql",
				http.Header{"Content-Type": {"application/json"}}, body)
			if err == nil {
				err = json.Unmarshal([]byte(r.body), &came[i])
			}
			if err != nil {
				x.t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	return came
}

// counted answers the only number of a statement.
func (x thief) counted(statement string) (n int) {
	x.t.Helper()
	db, err := pgx.Connect(x.t.Context(), x.s.Database)
	if err != nil {
		x.t.Fatal(err)
	}
	defer db.Close(context.Background())
	if err := db.QueryRow(x.t.Context(), statement).Scan(&n); err != nil {
		x.t.Fatal(err)
	}
	return n
}

// codesOf counts the codes of answers to one mutation, "" for what was done.
func codesOf(came []map[string]any, mutation string) map[string]int {
	found := map[string]int{}
	for _, answer := range came {
		code, _ := harness.At(answer, "data", mutation, "errors", 0, "code").(string)
		if answer["errors"] != nil {
			code, _ = harness.At(answer, "errors", 0, "extensions", "code").(string)
		}
		found[code]++
	}
	return found
}

func same(n int, body []byte) [][]byte { return slices.Repeat([][]byte{body}, n) }

// TestOneKeyIsOneThingOnTwentyConnections has each mutation with a key sent twenty times at once.
func TestOneKeyIsOneThingOnTwentyConnections(t *testing.T) {
	t.Parallel()
	x := newThief(t)
	x.s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000})
	vid := harness.At(x.c.Must(`mutation { generateVid(input: {idempotencyKey: "to be revoked", type: TEMPORARY}) { vid { id } event { eventId } } }`, nil), "generateVid")
	bank := harness.At(x.c.Must(`{ partners(type: AUTH_PARTNER, search: "Savings") { nodes { id } } }`, nil), "partners", "nodes", 0, "id")
	const share = `mutation ($id: ID!, $key: String!) { shareCredential(input: {idempotencyKey: $key, partnerId: $id, purpose: "A race.",
	  attributes: [{name: "fullName"}], consent: {accepted: true, textVersion: "1"}}) { share { id } event { eventId } errors { code } } }`
	shared := harness.At(x.c.Must(share, map[string]any{"id": bank, "key": "to be called off"}), "shareCredential", "share", "id")
	x.c.Settled()
	for _, row := range []struct {
		mutation, document string
		id                 any
		writes             map[string]int // to MOSIP
		events             int
	}{
		{"generateVid", `mutation ($key: String!) { generateVid(input: {idempotencyKey: $key, type: TEMPORARY}) { event { eventId } errors { code } } }`, nil,
			map[string]int{"POST /idrepository/v1/vid": 1}, 1},
		{"requestVidCard", `mutation ($id: ID!, $key: String!) { requestVidCard(input: {idempotencyKey: $key, vidId: $id}) { event { eventId } errors { code } } }`,
			harness.At(vid, "vid", "id"), map[string]int{"POST /v1/credentialrequest/v2/requestgenerator/{rid}": 1}, 1},
		{"revokeVid", `mutation ($id: ID!, $key: String!) { revokeVid(input: {idempotencyKey: $key, vidId: $id}) { event { eventId } errors { code } } }`,
			harness.At(vid, "vid", "id"), map[string]int{"PATCH /idrepository/v1/vid/{VID}": 1}, 1},
		{"setAuthLocks", `mutation ($key: String!) { setAuthLocks(input: {idempotencyKey: $key, changes: [{type: BIO_IRIS, locked: true}]}) { event { eventId } errors { code } } }`, nil,
			map[string]int{"POST /idrepository/v1/identity/authtypes/status": 1}, 1},
		{"fetchUinCard", `mutation ($key: String!) { fetchUinCard(input: {idempotencyKey: $key}) { event { eventId } errors { code } } }`, nil, map[string]int{}, 1},
		{"createPersonalizedCard", `mutation ($key: String!) { createPersonalizedCard(input: {idempotencyKey: $key, lang: "eng",
		  attributes: [{name: "fullName"}, {name: "gender"}, {name: "phone"}]}) { event { eventId } errors { code } } }`, nil, map[string]int{}, 1},
		{"shareCredential", share, bank, map[string]int{"POST /v1/credentialrequest/v2/requestgenerator/{rid}": 1}, 1},
		{"withdrawShare", `mutation ($id: ID!, $key: String!) { withdrawShare(input: {idempotencyKey: $key, shareId: $id}) { share { event { eventId } } errors { code } } }`, shared,
			map[string]int{"GET /v1/credentialrequest/cancel/{requestId}": 1}, 0},
		{"reportGrievance", `mutation ($id: EventID!, $key: String!) { reportGrievance(input: {idempotencyKey: $key, eventId: $id, message: "A race."}) {
		  grievance { ticketId } errors { code } } }`, harness.At(vid, "event", "eventId"), map[string]int{}, 0},
	} {
		before := x.counted("select count(*) from event")
		x.s.ResetCalls(t)
		came := x.at(same(connections, operation(t, row.document, map[string]any{"key": "the one key", "id": row.id}))...)
		if found := codesOf(came, row.mutation); found[""] != connections {
			t.Errorf("%s: %v: %v", row.mutation, found, came[0])
		}
		for _, answer := range came {
			first, one := harness.At(came[0], "data", row.mutation), harness.At(answer, "data", row.mutation)
			for _, path := range [][]any{{"event", "eventId"}, {"share", "event", "eventId"}, {"grievance", "ticketId"}} {
				if harness.At(one, path...) != harness.At(first, path...) {
					t.Errorf("%s: two answers name two things: %v and %v", row.mutation, first, one)
				}
			}
		}
		if n := x.counted("select count(*) from event") - before; n != row.events {
			t.Errorf("%s: %d events", row.mutation, n)
		}
		if n := x.counted("select count(*) from idempotency where key = 'the one key' and mutation = '" + row.mutation + "'"); n != 1 {
			t.Errorf("%s: %d keys", row.mutation, n)
		}
		made := x.s.Endpoints(t, "/")
		maps.DeleteFunc(made, func(endpoint string, _ int) bool { return row.writes[endpoint] == 0 })
		if !maps.Equal(made, row.writes) {
			t.Errorf("%s: MOSIP was asked %v, want %v; all: %v", row.mutation, made, row.writes, x.s.Endpoints(t, "/"))
		}
	}
	if n := x.counted("select count(*) from grievance"); n != 1 {
		t.Errorf("%d grievances", n)
	}
}

// TestARepeatThatTheFirstCallOvertakesAnswersIt holds a call up until another with its key has done what it asks for: that
// the VID is gone by then refuses it no more.
func TestARepeatThatTheFirstCallOvertakesAnswersIt(t *testing.T) {
	t.Parallel()
	x := newThief(t, "UPSTREAM_TIMEOUT=10s")
	vid := harness.At(x.c.Must(`mutation { generateVid(input: {idempotencyKey: "to be revoked", type: TEMPORARY}) { vid { id } } }`, nil), "generateVid", "vid", "id")
	const document = `mutation ($id: ID!) { revokeVid(input: {idempotencyKey: "the one key", vidId: $id}) { event { eventId } errors { code } } }`
	variables := map[string]any{"id": vid}
	x.s.ResetCalls(t)
	x.s.Faults(t, map[string]any{"vid": map[string]any{"latencyMs": 4000}})
	overtaken := make(chan *harness.Answer, 1)
	go func() {
		defer close(overtaken) // should there be no answer at all
		overtaken <- x.c.Do(document, variables)
	}()
	harness.Eventually(t, "its VIDs are asked for", func() bool { return x.s.Calls(t)["vid"] > 0 })
	x.s.Faults(t, nil)
	first := x.c.Must(document, variables)
	if harness.At(first, "revokeVid", "event", "eventId") == nil {
		t.Fatalf("the VID was not revoked: %v", first)
	}
	if repeat := <-overtaken; repeat == nil || !reflect.DeepEqual(repeat.Data, first) {
		t.Errorf("the first call answers %v, the one that it overtook %v", first, repeat)
	}
}

// TestOneKeyWithTwoInputsIsOneThing sends a key with two inputs at once: one of them is done, the other is told so.
func TestOneKeyWithTwoInputsIsOneThing(t *testing.T) {
	t.Parallel()
	x := newThief(t)
	const document = `mutation ($type: VidType!) { generateVid(input: {idempotencyKey: "one key, two inputs", type: $type}) { event { eventId } errors { code } } }`
	var bodies [][]byte
	for i := range connections {
		bodies = append(bodies, operation(t, document, map[string]any{"type": []string{"TEMPORARY", "ONE_TIME_USE"}[i%2]}))
	}
	found := codesOf(x.at(bodies...), "generateVid")
	if found[""] != connections/2 || found["IDEMPOTENCY_MISMATCH"] != connections/2 {
		t.Errorf("answered: %v", found)
	}
	if n := x.counted("select count(*) from event where request_type = 'GENERATE_VID'"); n != 1 {
		t.Errorf("%d events", n)
	}
}

// TestTwentyKeysAtOnceGetNoMoreThanIsAllowed races the rules and not the key.
func TestTwentyKeysAtOnceGetNoMoreThanIsAllowed(t *testing.T) {
	t.Parallel()
	x := newThief(t)
	before := len(someone(t, x.s).Vids)
	var bodies [][]byte
	for i := range connections {
		bodies = append(bodies, operation(t, `mutation ($key: String!) { generateVid(input: {idempotencyKey: $key, type: TEMPORARY}) { event { eventId } vid { id } errors { code } } }`,
			map[string]any{"key": fmt.Sprint("one of twenty ", i)}))
	}
	came := x.at(bodies...)
	found := codesOf(came, "generateVid")
	made := len(someone(t, x.s).Vids) - before
	told := x.counted("select count(*) from event where request_type = 'GENERATE_VID' and status = 'SUCCESS'")
	begun := x.counted("select count(*) from event where request_type = 'GENERATE_VID'")
	if made == 0 || found[""] != made || told != made || begun != 10 || found["RATE_LIMITED"] != connections-10 || found["QUOTA_REACHED"] != 10-made {
		t.Errorf("%d VIDs were made, the history has %d of %d, told was %v", made, told, begun, found)
	}
	// One VID, twenty revocations with keys of their own: it ends once.
	vid := firstMade(came)
	bodies = nil
	for i := range connections {
		bodies = append(bodies, operation(t, `mutation ($id: ID!, $key: String!) { revokeVid(input: {idempotencyKey: $key, vidId: $id}) { event { status } errors { code } } }`,
			map[string]any{"id": vid, "key": fmt.Sprint("end of twenty ", i)}))
	}
	found = codesOf(x.at(bodies...), "revokeVid")
	if n := x.counted("select count(*) from event where request_type = 'REVOKE_VID' and status = 'SUCCESS'"); n != 1 || found[""] != 1 || found["CONFLICT"]+found["NOT_FOUND"] != connections-1 {
		t.Errorf("it was revoked %d times: %v", n, found)
	}
	// Twenty reveals.
	bodies = same(connections, operation(t, `mutation { revealAttribute(input: {name: "phone"}) { value errors { code } } }`, nil))
	if found = codesOf(x.at(bodies...), "revealAttribute"); found[""] != 10 || found["RATE_LIMITED"] != connections-10 {
		t.Errorf("revealed: %v", found)
	}
}

func firstMade(came []map[string]any) any {
	for _, answer := range came {
		if id := harness.At(answer, "data", "generateVid", "vid", "id"); id != nil {
			return id
		}
	}
	return nil
}

// TestOneLinkIsOneFileOnTwentyConnections races the single use of a link.
func TestOneLinkIsOneFileOnTwentyConnections(t *testing.T) {
	t.Parallel()
	x := newThief(t)
	link, _ := harness.At(x.c.Must(`mutation { createPersonalizedCard(input: {idempotencyKey: "a card to race for", lang: "eng",
	  attributes: [{name: "fullName"}, {name: "gender"}, {name: "phone"}]}) { card { file { url } } } }`, nil), "createPersonalizedCard", "card", "file", "url").(string)
	found := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			r, err := send(t.Context(), x.c.HTTP, http.MethodGet, x.s.URL+link, nil, nil)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			found[r.status]++
		})
	}
	wg.Wait()
	if found[http.StatusOK] != 1 || found[http.StatusConflict]+found[http.StatusGone] != connections-1 {
		t.Errorf("one link gave %v", found)
	}
}
