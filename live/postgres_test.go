package live_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/store"
)

// withPostgres runs the tests over one Postgres, whose database is the template of theirs.
type withPostgres struct{ tests goleak.TestingM }

func TestMain(m *testing.M) { goleak.VerifyTestMain(withPostgres{m}) }

const (
	urlVariable = "LIVE_TEST_DATABASE_URL" // set by TestMain for the tests
	template    = "resident_graph"
)

var databases atomic.Int64

func (w withPostgres) Run() int {
	code, err := w.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Postgres for the tests:", err)
		return 1
	}
	return code
}

func (w withPostgres) run() (code int, err error) {
	dir, err := os.MkdirTemp("", "live-test-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres may have to run as somebody else
		return 1, err
	}
	url, stop, err := sandbox.Postgres(context.Background(), filepath.Join(dir, "pg"))
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := stop(); err == nil {
			err = stopErr
		}
	}()
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		return 1, err
	}
	err = store.New(pool).Migrate(context.Background())
	pool.Close()
	if err != nil {
		return 1, err
	}
	if err := os.Setenv(urlVariable, url); err != nil {
		return 1, err
	}
	return w.tests.Run(), nil
}

// rows are the subscriptions of one test, in a database of its own.
type rows struct {
	*store.Store
	t    *testing.T
	pool *pgxpool.Pool
}

func newRows(t *testing.T) *rows {
	t.Helper()
	config, err := pgxpool.ParseConfig(os.Getenv(urlVariable))
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Database = "postgres"
	name := fmt.Sprintf("live_%d", databases.Add(1))
	admin, err := pgxpool.NewWithConfig(t.Context(), config.Copy())
	if err != nil {
		t.Fatal(err)
	}
	_, err = admin.Exec(t.Context(), "create database "+name+" template "+template)
	admin.Close()
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Database = name
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &rows{Store: store.New(pool), t: t, pool: pool}
}

// of returns the row of a topic whose callback is not one of those given.
func (r *rows) of(topic string, except ...string) (live.Subscription, bool) {
	r.t.Helper()
	all, err := r.LoadSubscriptions(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range all {
		if row.Topic == topic && !strings.Contains(strings.Join(except, " "), row.CallbackID) {
			return row, true
		}
	}
	return live.Subscription{}, false
}
