package store_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/store/storetest"
)

// database is the Postgres of the tests of this package; each keeps to residents of its own.
var database string

func TestMain(m *testing.M) {
	os.Exit(storetest.Run(m, func(url string) { database = url }))
}

// open answers a pool of connections to the tests' database.
func open(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
