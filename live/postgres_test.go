package live_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/store/storetest"
)

// database is the template of those of the tests.
var database string

// withPostgres runs the tests over one Postgres.
type withPostgres struct{ tests goleak.TestingM }

func (w withPostgres) Run() int { return storetest.Run(w.tests, func(url string) { database = url }) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(withPostgres{m}) }

var databases atomic.Int64

// rows are the subscriptions of one test, in a database of its own.
type rows struct {
	*store.Store
	t    *testing.T
	pool *pgxpool.Pool
}

func newRows(t *testing.T) *rows {
	t.Helper()
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	template := config.ConnConfig.Database
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
