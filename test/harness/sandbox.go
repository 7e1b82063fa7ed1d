package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Resident is one of the sandbox's residents.
type Resident struct {
	UIN    string            `json:"uin"`
	Vids   []SandboxVid      `json:"vids"`
	Names  map[string]string `json:"names"`
	Email  string            `json:"email"`
	Phone  string            `json:"phone"`
	Status string            `json:"status"`
}

// SandboxVid is a VID as the sandbox knows it.
type SandboxVid struct {
	VID  string `json:"vid"`
	Type string `json:"type"`
}

// Residents answers the sandbox's residents.
func (s *Server) Residents(t testing.TB) []Resident {
	t.Helper()
	var all []Resident
	s.sandbox(t, http.MethodGet, "/sandbox/residents", nil, &all)
	return all
}

// Calls answers how often each service was asked since the last reset.
func (s *Server) Calls(t testing.TB) map[string]int {
	t.Helper()
	var calls struct {
		Services map[string]int `json:"services"`
	}
	s.sandbox(t, http.MethodGet, "/sandbox/calls", nil, &calls)
	return calls.Services
}

// Endpoints answers how often each endpoint of one service was asked since the last reset: those whose path begins so.
func (s *Server) Endpoints(t testing.TB, path string) map[string]int {
	t.Helper()
	var calls struct {
		Endpoints map[string]int `json:"endpoints"`
	}
	s.sandbox(t, http.MethodGet, "/sandbox/calls", nil, &calls)
	found := map[string]int{}
	for endpoint, n := range calls.Endpoints {
		if _, at, _ := strings.Cut(endpoint, " "); strings.HasPrefix(at, path) {
			found[endpoint] = n
		}
	}
	return found
}

// ResetCalls forgets the calls so far.
func (s *Server) ResetCalls(t testing.TB) {
	t.Helper()
	s.sandbox(t, http.MethodDelete, "/sandbox/calls", nil, nil)
}

// Faults sets what is wrong with which service; an empty map heals all.
func (s *Server) Faults(t testing.TB, faults map[string]any) {
	t.Helper()
	s.sandbox(t, http.MethodPut, "/sandbox/faults", faults, nil)
}

// Settings sets how the sandbox behaves.
func (s *Server) Settings(t testing.TB, settings map[string]any) {
	t.Helper()
	s.sandbox(t, http.MethodPut, "/sandbox/settings", settings, nil)
}

// Authenticate has a partner authenticate a resident.
func (s *Server) Authenticate(t testing.TB, individualID, partnerID string) {
	t.Helper()
	s.sandbox(t, http.MethodPost, "/sandbox/authenticate", map[string]any{
		"individualId": individualID, "partnerId": partnerID, "authType": "OTP-AUTH", "ok": true}, nil)
}

func (s *Server) sandbox(t testing.TB, method, path string, body, into any) {
	t.Helper()
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, s.SandboxURL+path, sent) // also after the test, for a last look
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, raw)
	}
	if into != nil {
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
}

// patience is how long tests wait for what comes in a moment on a machine with nothing else to do.
const patience = time.Minute

// Eventually waits until a condition holds.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	Within(t, patience, what, holds)
}

// Within waits until a condition holds, and answers how long that took.
func Within(t testing.TB, limit time.Duration, what string, holds func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for time.Since(began) < limit {
		if holds() {
			return time.Since(began)
		}
		time.Sleep(max(20*time.Millisecond, time.Since(began)/50)) // who asks for long asks less often, as the limits want
	}
	t.Fatalf("not within %s: %s", limit, what)
	return 0
}

// Publish has the hub deliver a message so many times, to whoever subscribed to its topic.
func (s *Server) Publish(t testing.TB, topic string, body any, times int) {
	t.Helper()
	s.sandbox(t, http.MethodPost, "/sandbox/publish", map[string]any{"topic": topic, "body": body, "times": times}, nil)
}

// Token answers a token of one of the realm's clients.
func (s *Server) Token(t testing.TB, client string) string {
	t.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	s.sandbox(t, http.MethodPost, "/sandbox/token", map[string]any{"client": client}, &token)
	return token.AccessToken
}

// Audits answers the records that Audit Manager holds.
func (s *Server) Audits(t testing.TB) (records []map[string]any) {
	t.Helper()
	s.sandbox(t, http.MethodGet, "/sandbox/audits", nil, &records)
	return records
}

// Credentials answers what was asked of the credential request generator, as it was asked; cards of registrations left out.
func (s *Server) Credentials(t testing.TB) (requests []map[string]any) {
	t.Helper()
	s.sandbox(t, http.MethodGet, "/sandbox/credentials", nil, &requests)
	return requests
}
