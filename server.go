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
	"sync"
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
	if len(args) > 0 && args[0] == rotateCommand {
		return rotate(ctx, args[1:], os.Stdout)
	}
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

// What a drain takes: sockets are closed over the first, and leave within the second; requests get four times the
// deadline of an upstream call, for a mutation that has just been sent must be able to record what came of it. An
// orchestrator's grace period must exceed the longer of the two.
const (
	socketsCloseOver = 3 * time.Second
	socketsLeaveIn   = 15 * time.Second
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
	err = drain(context.WithoutCancel(ctx), cfg, p, server)
	stopWork()
	return errors.Join(err, group.Wait())
}

// drain closes sockets and finishes requests side by side: a phone that sleeps must not take the time of a mutation
// that is under way.
func drain(ctx context.Context, cfg *config.Config, p *parts, server *http.Server) error {
	var sockets sync.WaitGroup
	sockets.Go(func() {
		leave, cancel := context.WithTimeout(ctx, socketsLeaveIn)
		defer cancel()
		p.sockets.Drain(leave, socketsCloseOver)
	})
	finish, cancel := context.WithTimeout(ctx, max(socketsLeaveIn, 4*cfg.Upstream.Timeout))
	defer cancel()
	err := server.Shutdown(finish)
	sockets.Wait()
	return err
}
