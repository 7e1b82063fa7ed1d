//go:build !production

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/sandbox"
)

// embeddings is what was started beside the server: in the sandbox only.
type embeddings struct {
	url   string // of the sandbox's MOSIP, empty without one
	stops []func() error
}

// stop ends what was started, last first.
func (e *embeddings) stop() (err error) {
	for i := len(e.stops) - 1; i >= 0; i-- {
		err = errors.Join(err, e.stops[i]())
	}
	return err
}

// embed starts what the configuration leaves to the sandbox: Postgres, Redis and a MOSIP. Production starts nothing.
func embed(ctx context.Context, cfg *config.Config, log *slog.Logger) (e *embeddings, err error) {
	e = &embeddings{}
	if cfg.Mode != config.Sandbox {
		return e, nil
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.stop())
		}
	}()
	if cfg.DatabaseURL == "" {
		url, stop, err := sandbox.Postgres(ctx, filepath.Join(cfg.DataDir, "postgres"))
		if err != nil {
			return e, err
		}
		e.stops, cfg.DatabaseURL = append(e.stops, stop), config.Secret(url)
	}
	if cfg.RedisURL == "" {
		url, stop, err := sandbox.Redis(ctx)
		if err != nil {
			return e, err
		}
		e.stops, cfg.RedisURL = append(e.stops, stop), config.Secret(url)
	}
	pool, err := pgxpool.New(ctx, string(cfg.DatabaseURL))
	if err != nil {
		return e, fmt.Errorf("DATABASE_URL: %w", err)
	}
	e.stops = append(e.stops, func() error { pool.Close(); return nil })
	mosip, err := sandbox.Start(ctx, sandbox.Options{
		Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(cfg.SandboxPort)), Database: pool, PublicURL: cfg.PublicURL, Log: log,
	})
	if err != nil {
		return e, fmt.Errorf("the sandbox cannot start (is its port free? choose one with SANDBOX_PORT): %w", err)
	}
	e.stops, e.url = append(e.stops, mosip.Close), mosip.URL()
	return e, cfg.Use(mosip.Environment(), os.Environ())
}
