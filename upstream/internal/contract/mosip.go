package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/upstream"
)

// residentAgent is the service account of Resident Graph.
const residentAgent = "mosip-resident-client"

// MOSIP is a running sandbox of one test.
type MOSIP struct {
	t         *testing.T
	URL       string
	Env       map[string]string // what Resident Graph is told about it
	transport *http.Transport
}

// Resident is what the sandbox tells about one of its people.
type Resident struct {
	UIN  string `json:"uin"`
	VIDs []struct {
		VID  string `json:"vid"`
		Type string `json:"type"`
	} `json:"vids"`
}

// StartMOSIP runs a sandbox without delays until the test ends.
func StartMOSIP(t *testing.T) *MOSIP {
	t.Helper()
	s, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	m := &MOSIP{t: t, URL: s.URL(), Env: s.Environment(), transport: upstream.Transport()}
	t.Cleanup(func() {
		m.transport.CloseIdleConnections()
		http.DefaultClient.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	m.Set(map[string]any{"credentialDelayMs": 0, "cardDelayMs": 0})
	return m
}

// Client speaks to the service whose URL is in a variable of the environment, as Resident Graph.
func (m *MOSIP) Client(service, variable string) *upstream.Client {
	m.t.Helper()
	return m.ClientAs(residentAgent, service, m.Env[variable])
}

// ClientAs speaks to a URL as another service account.
func (m *MOSIP) ClientAs(account, service, base string) *upstream.Client {
	m.t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	m.Control(http.MethodPost, "/sandbox/token", map[string]string{"client": account}, &token)
	return upstream.New(upstream.Options{
		Service: service, BaseURL: base, Tokens: fixed(token.AccessToken), Transport: m.transport, Timeout: 5 * time.Second,
	})
}

// fixed is a token that nobody renews.
type fixed string

func (f fixed) Token(context.Context) (string, error) { return string(f), nil }
func (f fixed) Drop(string)                           {}

// Set changes the settings of the sandbox.
func (m *MOSIP) Set(settings map[string]any) {
	m.t.Helper()
	m.Control(http.MethodPut, "/sandbox/settings", settings, nil)
}

// Fault switches on what a service does wrong.
func (m *MOSIP) Fault(service string, fault map[string]any) {
	m.t.Helper()
	m.Control(http.MethodPut, "/sandbox/faults", map[string]any{service: fault}, nil)
}

// Calls returns how often each service was asked since the last time, and begins anew.
func (m *MOSIP) Calls() map[string]int {
	m.t.Helper()
	var calls struct {
		Services map[string]int `json:"services"`
	}
	m.Control(http.MethodGet, "/sandbox/calls", nil, &calls)
	m.Control(http.MethodDelete, "/sandbox/calls", nil, nil)
	return calls.Services
}

// Resident returns the sandbox's first.
func (m *MOSIP) Resident() Resident {
	m.t.Helper()
	var all []Resident
	m.Control(http.MethodGet, "/sandbox/residents?first=1", nil, &all)
	return all[0]
}

// Control asks the sandbox's own surface; out may be nil.
func (m *MOSIP) Control(method, path string, in, out any) {
	m.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		m.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.URL+path, bytes.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		m.t.Fatalf("%s %s: %s", method, path, resp.Status)
	}
	if out == nil {
		return
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		m.t.Fatal(err)
	}
}

// Until asks again and again until a condition holds.
func (m *MOSIP) Until(what string, holds func() bool) {
	m.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			m.t.Fatalf("never happened: %s", what)
		}
	}
}
