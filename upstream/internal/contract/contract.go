// Package contract serves MOSIP's answers to tests, word for word, and keeps what was asked.
package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
)

// Request is what a client sent.
type Request struct {
	URI    string // escaped path and query
	Header http.Header
	Body   []byte
}

// Service is one upstream service with fixed answers.
type Service struct {
	Client *upstream.Client

	mu       sync.Mutex
	requests []Request
}

// Serve answers each "METHOD /path", or one with its query, with its text and HTTP 200, anything else with 404, until the
// test ends.
func Serve(t *testing.T, answers map[string]string) *Service {
	t.Helper()
	s := &Service{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, Request{URI: r.URL.RequestURI(), Header: r.Header, Body: body})
		s.mu.Unlock()
		answer, ok := answers[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			answer, ok = answers[r.Method+" "+r.URL.Path]
		}
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	}))
	transport := upstream.Transport()
	s.Client = upstream.New(upstream.Options{Service: "contract", BaseURL: server.URL, Transport: transport})
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return s
}

// Last returns the newest request.
func (s *Service) Last(t *testing.T) Request {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		t.Fatal("nothing was asked")
	}
	return s.requests[len(s.requests)-1]
}

// Count returns how many requests came.
func (s *Service) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}
