package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/store"
)

// database is the Postgres of the tests of this package; each keeps to residents of its own.
var database string

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "Postgres for the tests:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "store-test-")
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
	err = migrate(store.New(pool))
	pool.Close()
	if err != nil {
		return 1, err
	}
	database = url
	return m.Run(), nil
}

// migrate makes all tables, those of the jobs too.
func migrate(s *store.Store) error {
	if err := s.Migrate(context.Background()); err != nil {
		return err
	}
	_, err := s.NewQueue(context.Background(), &river.Config{})
	return err
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
