package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// control is the sandbox's control surface.
type control struct{ url string }

// add sets what every upstream call takes longer.
func (c control) add(ctx context.Context, latency time.Duration) error {
	return c.do(ctx, http.MethodPut, "/sandbox/faults", map[string]any{"*": map[string]int64{"latencyMs": latency.Milliseconds()}}, nil)
}

// calls answers how often each endpoint was asked since the last reset.
func (c control) calls(ctx context.Context) (map[string]int, error) {
	var counted struct {
		Endpoints map[string]int `json:"endpoints"`
	}
	err := c.do(ctx, http.MethodGet, "/sandbox/calls", nil, &counted)
	return counted.Endpoints, err
}

func (c control) resetCalls(ctx context.Context) error {
	return c.do(ctx, http.MethodDelete, "/sandbox/calls", nil, nil)
}

// authenticate has a partner authenticate the resident, which becomes an event of the service history.
func (c control) authenticate(ctx context.Context, individualID, partnerID string) error {
	return c.do(ctx, http.MethodPost, "/sandbox/authenticate",
		map[string]string{"individualId": individualID, "partnerId": partnerID}, nil)
}

// resident answers the UIN of a resident whose data are all there.
func (c control) resident(ctx context.Context) (string, error) {
	var all []struct {
		UIN    string            `json:"uin"`
		VIDs   []json.RawMessage `json:"vids"`
		Email  string            `json:"email"`
		Phone  string            `json:"phone"`
		Status string            `json:"status"`
	}
	if err := c.do(ctx, http.MethodGet, "/sandbox/residents", nil, &all); err != nil {
		return "", err
	}
	for _, r := range all {
		if r.Status == "ACTIVATED" && r.Email != "" && r.Phone != "" && len(r.VIDs) > 0 {
			return r.UIN, nil
		}
	}
	return "", errors.New("the sandbox has no resident with everything")
}

func (c control) do(ctx context.Context, method, path string, body, into any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: status %d", method, path, resp.StatusCode)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
