// Package storetest runs tests over a Postgres of their own.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/store"
)

// Tests are those of a package.
type Tests interface{ Run() int }

// Run runs tests while there is a database with all tables, tells its URL beforehand, and answers the exit code.
func Run(tests Tests, tell func(url string)) int {
	code, err := run(tests, tell)
	if err != nil {
		fmt.Fprintln(os.Stderr, "Postgres for the tests:", err)
		return 1
	}
	return code
}

func run(tests Tests, tell func(url string)) (code int, err error) {
	dir, err := os.MkdirTemp("", "store-test-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // Postgres may have to run as somebody else
		return 1, err
	}
	url, stop, err := sandbox.Postgres(context.Background(), filepath.Join(dir, "pg"))
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := migrate(url); err != nil {
		return 1, err
	}
	tell(url)
	return tests.Run(), nil
}

// migrate makes all tables, those of the jobs too.
func migrate(url string) error {
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		return err
	}
	defer pool.Close()
	s := store.New(pool)
	if err := s.Migrate(context.Background()); err != nil {
		return err
	}
	_, err = s.NewQueue(context.Background(), &river.Config{})
	return err
}
