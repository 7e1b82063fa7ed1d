// Bench measures how fast a resident's home is, as ratios: against the slowest of the upstream calls that it cannot do
// without, and against a hand-written limit. What is compared is measured in turn, in one run, on one machine.
//
//	go run ./bench --short
//
// It runs the real server, built for this, as a process of its own against a sandbox, a Postgres and a Redis of its
// own. See docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	rounds  int
	latency time.Duration
	json    bool
	root    string // of the repository
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := start(ctx)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start is the benchmark, or the hand-written server when the benchmark started this process as that.
func start(ctx context.Context) error {
	if settings := os.Getenv(limitVariable); settings != "" {
		return serveLimit(ctx, settings)
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		return err
	}
	if o.root, err = repository(ctx); err != nil {
		return err
	}
	found, err := run(ctx, o)
	if err != nil {
		return err
	}
	if o.json {
		return found.writeJSON(os.Stdout)
	}
	return found.writeTable(os.Stdout)
}

func parse(args []string) (options, error) {
	var o options
	var short bool
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 100, "rounds with the latency added; without it there are ten times as many")
	flags.DurationVar(&o.latency, "latency", 50*time.Millisecond, "what is added to every upstream call")
	flags.BoolVar(&o.json, "json", false, "print JSON instead of a table")
	flags.BoolVar(&short, "short", false, "20 rounds: some 10 s, good enough to see the ratio")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if short {
		o.rounds = 20
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.latency < time.Millisecond || o.latency > time.Second {
		flags.Usage()
		return o, errors.New("rounds is 1 or more, latency 1ms to 1s, and there are no arguments")
	}
	return o, nil
}
