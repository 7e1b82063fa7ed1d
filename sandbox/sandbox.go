// Package sandbox is a MOSIP to run against: the services Resident Graph talks
// to, with state and with their strictness, on one loopback listener. It is for
// development and tests; its keys, secrets and residents follow from a seed.
//
//	one listener ── count ── fault ── token cookie ── service ── state ── Postgres
//	                                                     │
//	             ID Repository ── acks ── IDA ── hub ── subscribers
//
// Every service answers under its own MOSIP path; /sandbox/ is the surface on
// which people and tests look in and turn knobs.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

// Options say where the sandbox listens and what it stands on.
type Options struct {
	Addr      string        // default "127.0.0.1:8090"; port 0 picks a free one
	Database  *pgxpool.Pool // state lives in its schema "sandbox"; nil keeps it in memory
	Seed      string        // keys, residents and VIDs all follow from it; default "resident-graph"
	PublicURL string        // the Resident Graph that signs in here; default "http://localhost:8080"
	Log       *slog.Logger  // nil is silent
	// Journal is a folder for an account of accepted writes and sent messages; "" keeps none.
	Journal  string
	HubRetry time.Duration // before the hub's first retry; default 3 s, as at MOSIP
}

// Sandbox is a running sandbox; make it with Start.
type Sandbox struct {
	options  Options
	url      string
	settings *settings
	calls    *calls
	faults   *faults
	realm    *realm
	hub      *hub.Hub
	journal  *journal
	parts

	server *http.Server
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// Start serves a sandbox until Close. ctx bounds the start only. The listener
// is open to this machine alone, whatever host Addr names.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	o = o.withDefaults()
	_, port, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox address: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s, err := assemble(ctx, o, listener.Addr().(*net.TCPAddr).Port)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if err := s.hub.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the hub: %w", err), listener.Close())
	}
	running, cancel := context.WithCancel(context.Background())
	s.cancel, s.faults.closing = cancel, running.Done()
	const headerPatience = 10 * time.Second
	s.server = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: headerPatience,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	s.work.Go(func() { _ = s.server.Serve(listener) }) // ends with Close
	s.work.Go(func() { s.acks.run(running) })
	s.work.Go(func() { s.credentials.run(running) })
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:8090"
	}
	if o.Seed == "" {
		o.Seed = "resident-graph"
	}
	if o.PublicURL == "" {
		o.PublicURL = "http://localhost:8080"
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// URL is the origin every service is reached under, without a trailing slash.
func (s *Sandbox) URL() string { return s.url }

// Close stops serving, lets hanging calls go and waits for what runs. The
// database is the caller's and stays open.
func (s *Sandbox) Close() error {
	const patience = 3 * time.Second
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	err = errors.Join(err, s.hub.Close())
	s.work.Wait()
	s.journal.close()
	return err
}
