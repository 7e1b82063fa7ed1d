// History measures whether a page deep in a service history costs more than the first one: page 1 and page 500 of a
// resident with 10,000 events, among two million events of others, in turn, in one run, on one machine.
//
//	go run ./bench/history
//
// It asks the store, so that no constant share of GraphQL or HTTP flatters the ratio. The Postgres is its own and is
// removed afterwards. See docs/history.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/test/history/seed"
)

const owner = "1000000000000000000000000000000000"

// options is what the command line says.
type options struct{ events, own, rounds int }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var o options
	flag.IntVar(&o.events, "events", 2_000_000, "events of all residents")
	flag.IntVar(&o.own, "own", 10_000, "events of the one who is measured, at least 10,000")
	flag.IntVar(&o.rounds, "rounds", 500, "rounds; each reads both pages in both directions")
	flag.Parse()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/history:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.own < deep*size || o.events < o.own || o.rounds < 1 || flag.NArg() > 0 {
		flag.Usage()
		return errors.New("own is at least 10,000 and events at least as many")
	}
	dir, err := os.MkdirTemp("", "rg-history")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // Postgres may have to run as somebody else
		return err
	}
	url, stop, err := sandbox.Postgres(ctx, filepath.Join(dir, "pg"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	s := store.New(pool)
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	begun := time.Now()
	if err := seed.Fill(ctx, url, seed.History{Events: o.events, Owner: owner, Own: o.own}); err != nil {
		return err
	}
	fmt.Printf("%d events, %d of the resident, seeded in %s\n", o.events, o.own, time.Since(begun).Round(time.Second))
	return measure(ctx, s, o)
}
