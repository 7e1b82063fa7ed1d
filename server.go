// Resident Graph: one GraphQL endpoint over the services of a MOSIP digital ID. This file is the table of contents:
// read the configuration, build the parts, serve, drain.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/resident-graph/resident-graph/config"
	"github.com/resident-graph/resident-graph/observe"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) > 0 {
		config.Help(os.Stdout)
		if !slices.Contains([]string{"-h", "--help", "help"}, args[0]) {
			return fmt.Errorf("resident-graph takes no arguments: %d given", len(args))
		}
		return nil
	}
	cfg, err := config.Load(os.Environ())
	if err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		return fmt.Errorf("LOG_LEVEL: debug, info, warn or error")
	}
	log := observe.NewLog(os.Stderr, level)
	embedded, err := embed(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, embedded.stop()) }()
	if err := cfg.Validate(); err != nil {
		return err
	}
	p, err := build(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer p.close()
	return serve(ctx, cfg, p, embedded.url)
}

// The time that a drain takes, which an orchestrator's grace period must exceed.
const (
	socketsCloseOver = 3 * time.Second
	requestsFinishIn = 5 * time.Second
)

// serve answers requests until ctx ends, then drains: not ready, close sockets, finish requests, stop what works.
func serve(ctx context.Context, cfg *config.Config, p *parts, sandboxURL string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	if err != nil {
		return fmt.Errorf("cannot listen on port %d (is another server running? choose one with PORT): %w", cfg.Port, err)
	}
	server := &http.Server{
		Handler:           routes(p, sandboxURL),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	group, working := errgroup.WithContext(working)
	for _, work := range p.workers() {
		group.Go(func() error { return work(working) })
	}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	p.warm(working)
	p.ready.Store(true)
	fmt.Printf("ready %s\n", cfg.PublicURL)

	select {
	case <-ctx.Done():
	case <-working.Done():
	}
	p.ready.Store(false)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), socketsCloseOver+requestsFinishIn)
	defer cancel()
	p.sockets.Drain(drain, socketsCloseOver)
	err = server.Shutdown(drain)
	stopWork()
	return errors.Join(err, group.Wait())
}
