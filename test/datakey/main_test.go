// Package datakey looks at what becomes of personal data at rest while its key is rotated, while the rotation is killed
// and while Key Manager is away.
package datakey

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	generateMutation = `mutation ($key: String!) { generateVid(input: {type: TEMPORARY, idempotencyKey: $key}) {
	  event { eventId status } errors { code } } }`
	reportMutation = `mutation ($key: String!, $event: EventID!) {
	  reportGrievance(input: {idempotencyKey: $key, eventId: $event, message: "Not me."}) { grievance { ticketId } errors { code } } }`
	grievancesQuery = `{ viewer { grievances(first: 100) { nodes { message } } } }`
)

// sealedKeys counts the sealed values of all tables by the id of their key.
const sealedKeys = `select ('x' || encode(substring(sealed from 1 for 4), 'hex'))::bit(32)::int as key, count(*)::int from (
	select individual_id as sealed from event union all select sealed from grievance
	union all select individual_id from history_check union all select sealed from file) s where sealed is not null group by 1`

// house is a server whose residents have sealed data, with its database.
type house struct {
	*harness.Server
	db  *pgx.Conn
	env []string // of the command
}

// newHouse starts a server with so short a grace time that a test can wait for it.
func newHouse(t *testing.T, grace string) *house {
	t.Helper()
	h := &house{Server: harness.Start(t, "DATA_KEY_GRACE="+grace, "RATE_RESIDENT=0", "RATE_SOURCE=0")}
	h.db = connect(t, h.Database)
	h.env = commandEnv(t, h.Database, h.SandboxURL, grace)
	return h
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	return db
}

// commandEnv answers what the command needs. The sandbox's secrets follow from its seed, so those of another are good.
func commandEnv(t *testing.T, database, sandboxURL, grace string) []string {
	t.Helper()
	twin, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Close()
	env := []string{"MODE=sandbox", "DATABASE_URL=" + database, "DATA_KEY_GRACE=" + grace}
	for _, name := range []string{"KEYMANAGER_URL", "KEYCLOAK_TOKEN_URL", "KEYCLOAK_CLIENT_ID", "KEYCLOAK_CLIENT_SECRET"} {
		env = append(env, name+"="+strings.Replace(twin.Environment()[name], twin.URL(), sandboxURL, 1))
	}
	return env
}

// rotate runs the command to its end.
func (h *house) rotate(t *testing.T, args ...string) string {
	t.Helper()
	p := harness.Command(t, h.env, append([]string{"rotate-data-key"}, args...)...)
	if err := p.Wait(); err != nil {
		t.Fatalf("%v: %s", err, p.Output())
	}
	return p.Output()
}

// keys answers the ids of the data keys, in their order.
func (h *house) keys(t *testing.T) string {
	return text(t, h.db, `select string_agg(id::text, ' ' order by id) from data_key`)
}

func text(t *testing.T, db *pgx.Conn, query string) (found string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query).Scan(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

// sealed answers how many values are sealed with which key.
func (h *house) sealed(t *testing.T) map[int]int {
	t.Helper()
	rows, err := h.db.Query(t.Context(), sealedKeys)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[int]int{}
	var key, n int
	if _, err := pgx.ForEachRow(rows, []any{&key, &n}, func() error { counts[key] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return counts
}

// someone signs a resident in who has a VID's generation in the history and a grievance about it.
func (h *house) someone(t *testing.T) *harness.Client {
	t.Helper()
	for _, r := range h.Residents(t) {
		if r.Status != "ACTIVATED" || r.Email == "" || len(r.Vids) == 0 {
			continue
		}
		c := h.SignIn(t, r.UIN)
		made := c.Must(generateMutation, map[string]any{"key": "generate-1"})
		event := harness.At(made, "generateVid", "event", "eventId")
		if event == nil {
			t.Fatalf("no VID: %v", made)
		}
		reported := c.Must(reportMutation, map[string]any{"key": "grievance-1", "event": event})
		if harness.At(reported, "reportGrievance", "grievance") == nil {
			t.Fatalf("no grievance: %v", reported)
		}
		return c
	}
	t.Fatal("nobody can sign in")
	return nil
}

// more fills the history of the resident with copies of an event, each with its sealed id.
func (h *house) more(t *testing.T, events int) {
	t.Helper()
	columns := `request_type, status, status_detail, created_at, updated_at, individual_id`
	if _, err := h.db.Exec(t.Context(), fmt.Sprintf(`insert into event (token_id, event_id, %s)
		select token_id, 'copy-' || n, %s from generate_series(1, %d) n,
			(select * from event where individual_id is not null limit 1) e`, columns, columns, events)); err != nil {
		t.Fatal(err)
	}
}
