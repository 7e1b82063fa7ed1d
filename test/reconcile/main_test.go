// Package reconcile breaks what the world breaks - hubs that lose messages, processes that are killed, services that are
// away for hours - and looks whether the history tells the truth afterwards. RECONCILE_MESSAGES and RECONCILE_KILLS make
// it long.
package reconcile

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestMain has the server built so that it can end itself at a named place.
func TestMain(m *testing.M) { harness.Main(m, "failpoints") }

const locksMutation = `mutation Locks($changes: [AuthLockChange!]!, $key: String!) {
  setAuthLocks(input: {changes: $changes, idempotencyKey: $key}) { event { eventId status } errors { code } } }`

const generateMutation = `mutation Generate($type: VidType!, $key: String!) {
  generateVid(input: {type: $type, idempotencyKey: $key}) { event { eventId status } errors { code } } }`

// person is a resident of the sandbox with the language they prefer.
type person struct {
	harness.Resident
	PreferredLang string `json:"preferredLang"`
}

// people answers residents who can sign in and be written to.
func people(t testing.TB, s *harness.Server) []person {
	t.Helper()
	var all, able []person
	control(t, s, http.MethodGet, "/sandbox/residents", nil, &all)
	for _, p := range all {
		if p.Status == "ACTIVATED" && p.Email != "" && p.Phone != "" {
			able = append(able, p)
		}
	}
	return able
}

// control speaks to the sandbox's control surface.
func control(t testing.TB, s *harness.Server, method, path string, body, into any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.SandboxURL+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
}

// database answers a pool on the server's database, for looking and for breaking.
func database(t testing.TB, s *harness.Server) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// number answers the one number of a query.
func number(t testing.TB, db *pgxpool.Pool, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func run(t testing.TB, db *pgxpool.Pool, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(context.Background(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func text(t testing.TB, db *pgxpool.Pool, query string, args ...any) string {
	t.Helper()
	var s string
	if err := db.QueryRow(context.Background(), query, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

// size answers a number from the environment: how long the test is to be.
func size(name string, short int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return short
}

func lock(authType string, locked bool) map[string]any {
	return map[string]any{"type": authType, "locked": locked}
}

func eventOf(data map[string]any, mutation string) string {
	id, _ := harness.At(data, mutation, "event", "eventId").(string)
	return id
}
