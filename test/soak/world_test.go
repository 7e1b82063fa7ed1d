package soak

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/ports"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// world is the server as a process of its own, in production mode, so that what is measured of it is its own. MOSIP and
// Redis run in the test.
type world struct {
	*harness.Server
	db      *pgxpool.Pool
	metrics string                  // address of /metrics
	tokenOf func(uin string) string // the owner key of a resident
}

func newWorld(t *testing.T) *world {
	t.Helper()
	p, metrics := harness.NewProduction(t), fmt.Sprintf("127.0.0.1:%d", ports.Reserve(t))
	p.Trust(t, home, history, bell, seen, locks, generate, revoke, pin, signOut, standing, changes)
	server := p.Start(t, "METRICS_ADDR="+metrics, "LOG_LEVEL=info", "RATE_RESIDENT=0", "RATE_SOURCE=0", "AUDIT_READS=true", "HISTORY_CHECK_FIRST=5s", "HISTORY_CHECK_LONGEST=30s")
	uinSalt, partnerSalt := p.Environment["TOKEN_ID_UIN_SALT"], p.Environment["TOKEN_ID_PARTNER_CODE_SALT"]
	w := &world{Server: server, metrics: "http://" + metrics + "/metrics", tokenOf: func(uin string) string {
		return keymanager.TokenID(uin, "mpartner-default-auth", uinSalt, partnerSalt)
	}}
	w.connect(t)
	return w
}

// connect opens the server's database, for looking and for breaking.
func (w *world) connect(t *testing.T) {
	t.Helper()
	var err error
	if w.db, err = pgxpool.New(t.Context(), w.Database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.db.Close)
}

// number answers the one number of a query.
func (w *world) number(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	if err := w.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
