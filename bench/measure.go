package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	warmRounds  = 10 // not counted: connections open, caches fill
	countRounds = 20 // over which upstream calls are counted
	events      = 12 // of the service history
)

// run builds the world, measures it and tears it down.
func run(ctx context.Context, o options) (found *report, err error) {
	w, err := newWorld(ctx, o.root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	if err := w.live(ctx); err != nil {
		return nil, err
	}
	found = &report{Machine: machine(), Bound: bound}
	for _, part := range []struct {
		latency time.Duration
		rounds  int
	}{{o.latency, o.rounds}, {0, 10 * o.rounds}} {
		measured, err := w.measure(ctx, part.latency, part.rounds)
		if err != nil {
			return nil, err
		}
		found.Phases = append(found.Phases, measured)
	}
	found.Calls, err = w.count(ctx)
	return found, err
}

// live gives the resident a history, and returns when the home shows it.
func (w *world) live(ctx context.Context) error {
	partners := []string{"mpartner-default-health", "mpartner-default-bank", "mpartner-default-tax"}
	for i := range events {
		if err := w.control.authenticate(ctx, w.mosip.uin, partners[i%len(partners)]); err != nil {
			return err
		}
	}
	for range 200 {
		body, err := w.browser.ask(ctx)
		if err != nil {
			return err
		}
		if shown, err := whole(body); err != nil || shown >= events {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the home does not show the resident's events after 10 s")
}

// measure asks each in turn, a different one first in each round, so that what disturbs one disturbs all.
func (w *world) measure(ctx context.Context, latency time.Duration, rounds int) (phase, error) {
	if err := w.control.add(ctx, latency); err != nil {
		return phase{}, err
	}
	subjects := []func(context.Context) (time.Duration, error){w.timeChain, w.timeHome, w.timeLimit}
	times := make([][]time.Duration, len(subjects))
	for round := range warmRounds + rounds {
		for i := range subjects {
			which := (round + i) % len(subjects)
			took, err := subjects[which](ctx)
			if err != nil {
				return phase{}, err
			}
			if round >= warmRounds {
				times[which] = append(times[which], took)
			}
		}
	}
	return newPhase(latency.Milliseconds(), summarise(times[0]), summarise(times[1]), summarise(times[2])), nil
}

// timeChain asks the upstreams themselves and answers the time of the slowest: what a home cannot be faster than.
func (w *world) timeChain(ctx context.Context) (slowest time.Duration, err error) {
	for _, c := range w.mosip.calls() {
		started := time.Now()
		body, err := w.mosip.ask(ctx, c)
		slowest = max(slowest, time.Since(started))
		if err == nil {
			_, err = unwrap[json.RawMessage](c.name, body)
		}
		if err != nil {
			return 0, err
		}
	}
	return slowest, nil
}

func (w *world) timeHome(ctx context.Context) (time.Duration, error) {
	started := time.Now()
	body, err := w.browser.ask(ctx)
	took := time.Since(started)
	if err != nil {
		return 0, err
	}
	_, err = whole(body)
	return took, err
}

func (w *world) timeLimit(ctx context.Context) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.limitURL, http.NoBody)
	if err != nil {
		return 0, err
	}
	started := time.Now()
	resp, err := w.limit.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	took := time.Since(started)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the hand-written server: status %d: %s", resp.StatusCode, body)
	}
	return took, err
}

// count answers how often a home asks each upstream endpoint.
func (w *world) count(ctx context.Context) (map[string]float64, error) {
	if err := w.control.resetCalls(ctx); err != nil {
		return nil, err
	}
	for range countRounds {
		if _, err := w.timeHome(ctx); err != nil {
			return nil, err
		}
	}
	counted, err := w.control.calls(ctx)
	perHome := make(map[string]float64, len(counted))
	for endpoint, n := range counted {
		perHome[endpoint] = float64(n) / countRounds
	}
	return perHome, err
}
