package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// limitVariable is the environment variable that makes this program the hand-written server: its limitSettings as JSON.
const limitVariable = "BENCH_LIMIT"

// limitSettings say where the hand-written server listens and for whom it asks which services.
type limitSettings struct{ Address, IdentityURL, VidURL, Token, UIN string }

// home is the one shape that the hand-written server answers.
type home struct {
	Identity  identity   `json:"identity"`
	Vids      []vid      `json:"vids"`
	AuthTypes []authType `json:"authTypes"`
}

type identity struct {
	Status   string `json:"status"`
	Identity struct {
		FullName []struct {
			Language string `json:"language"`
			Value    string `json:"value"`
		} `json:"fullName"`
		Email string `json:"email"`
		Phone string `json:"phone"`
	} `json:"identity"`
}

type vid struct {
	VID     string `json:"vid"`
	Type    string `json:"vidType"`
	Expires string `json:"expiryTimestamp"`
}

type authType struct {
	Type   string `json:"authType"`
	Sub    string `json:"authSubType"`
	Locked bool   `json:"locked"`
}

// serveLimit is the least that a server between a page and MOSIP can do: the same calls at the same time, and their
// answers as JSON. It has no GraphQL, no session, no history, no retries and nobody's privacy to keep.
func serveLimit(ctx context.Context, settings string) error {
	var s limitSettings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		return fmt.Errorf("%s: %w", limitVariable, err)
	}
	m := &mosip{
		identityURL: s.IdentityURL, vidURL: s.VidURL, token: s.Token, uin: s.UIN,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}, Timeout: 3 * time.Second},
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(m.serveHome), ReadHeaderTimeout: 5 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	fmt.Println("ready")
	return group.Wait()
}

func (m *mosip) serveHome(w http.ResponseWriter, r *http.Request) {
	page, err := m.home(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(page) // a client that left is no matter here
}

func (m *mosip) home(ctx context.Context) (page home, err error) {
	calls := m.calls()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return into(ctx, m, calls[0], &page.Identity) })
	group.Go(func() error { return into(ctx, m, calls[1], &page.Vids) })
	group.Go(func() error {
		var wire struct {
			AuthTypes []authType `json:"authTypes"`
		}
		err := into(ctx, m, calls[2], &wire)
		page.AuthTypes = wire.AuthTypes
		return err
	})
	return page, group.Wait()
}

// into asks and decodes the answer into target.
func into[T any](ctx context.Context, m *mosip, c call, target *T) error {
	body, err := m.ask(ctx, c)
	if err != nil {
		return err
	}
	*target, err = unwrap[T](c.name, body)
	return err
}
