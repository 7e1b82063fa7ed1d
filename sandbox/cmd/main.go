// Command cmd runs the sandbox as a process of its own, so that it outlives the Resident Graph that is tried against it:
//
//	SANDBOX_PORT=8090 PUBLIC_URL=http://localhost:8080 go run ./sandbox/cmd
//
// DATABASE_URL keeps its state over restarts, JOURNAL_DIR an account of what it accepted and sent, HUB_RETRY is how long
// its hub waits before the first retry. It prints one line of JSON with the environment that Resident Graph needs, and
// then "ready".
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/sandbox"
)

type config struct {
	Port        string        `env:"SANDBOX_PORT" envDefault:"8090"`
	PublicURL   string        `env:"PUBLIC_URL" envDefault:"http://localhost:8080"`
	DatabaseURL string        `env:"DATABASE_URL"`
	Journal     string        `env:"JOURNAL_DIR"`
	HubRetry    time.Duration `env:"HUB_RETRY"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	c, err := env.ParseAs[config]()
	if err != nil {
		return errors.New("HUB_RETRY must be a duration such as 100ms")
	}
	var pool *pgxpool.Pool
	if c.DatabaseURL != "" {
		if pool, err = pgxpool.New(ctx, c.DatabaseURL); err != nil {
			return errors.New("DATABASE_URL: it must look like postgres://user:password@host:5432/database")
		}
		defer pool.Close()
	}
	mosip, err := sandbox.Start(ctx, sandbox.Options{
		Addr: net.JoinHostPort("127.0.0.1", c.Port), Database: pool, PublicURL: c.PublicURL, Journal: c.Journal, HubRetry: c.HubRetry,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(mosip.Environment()); err != nil {
		return errors.Join(err, mosip.Close())
	}
	fmt.Println("ready", mosip.URL())
	<-ctx.Done()
	return mosip.Close()
}
