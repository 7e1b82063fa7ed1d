// Package history tells how a resident's service history is read: page by page, filtered, pinned, at the bell and as
// timelines, against the real server.
package history

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/history/seed"
)

func TestMain(m *testing.M) { harness.Main(m) }

// person is a resident who has signed in, with their owner key.
type person struct {
	*harness.Client
	harness.Resident
	tokenID string
	db      *pgx.Conn
	server  *harness.Server
}

// newPerson starts a server and signs the first complete resident in.
func newPerson(t *testing.T) *person {
	t.Helper()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	return signIn(t, s, 0)
}

// signIn signs the nth complete resident in.
func signIn(t *testing.T, s *harness.Server, nth int) *person {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(context.Background()) })
	p := &person{db: db, server: s}
	for _, r := range s.Residents(t) {
		if r.Status == "ACTIVATED" && r.Email != "" && r.Phone != "" && len(r.Vids) > 0 {
			if nth--; nth < 0 {
				p.Resident = r
				break
			}
		}
	}
	known := p.tokens(t)
	p.Client = s.SignIn(t, p.UIN)
	for token := range p.tokens(t) {
		if !known[token] {
			p.tokenID = token
		}
	}
	if p.tokenID == "" {
		t.Fatal("the sign-in left no trace of the resident")
	}
	p.Settled()
	return p
}

func (p *person) tokens(t *testing.T) map[string]bool {
	t.Helper()
	rows, err := p.db.Query(t.Context(), `select token_id from resident_state where login_at is not null`)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, token := range tokens {
		known[token] = true
	}
	return known
}

// empty removes what the sign-in left in the history.
func (p *person) empty(t *testing.T) {
	t.Helper()
	p.exec(t, `delete from event where token_id = $1`, p.tokenID)
	p.exec(t, `delete from event_change where token_id = $1`, p.tokenID)
}

// lives gives the resident a history of so many events beside that of others, and no other.
func (p *person) lives(t *testing.T, own int) {
	t.Helper()
	p.empty(t)
	if err := seed.Fill(t.Context(), p.server.Database, seed.History{Events: own + 500, Owner: p.tokenID, Own: own}); err != nil {
		t.Fatal(err)
	}
}

func (p *person) exec(t *testing.T, sql string, arguments ...any) {
	t.Helper()
	if _, err := p.db.Exec(t.Context(), sql, arguments...); err != nil {
		t.Fatal(err)
	}
}

// ids answers the EIDs that a statement finds.
func (p *person) ids(t *testing.T, sql string, arguments ...any) []string {
	t.Helper()
	rows, err := p.db.Query(t.Context(), sql, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
