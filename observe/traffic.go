package observe

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Requests counts the requests to a GraphQL endpoint by outcome: ok, error (answered, and a field failed), refused
// (4xx), failed (5xx), socket and stream (they were opened).
func (m *Metrics) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &seen{ResponseWriter: w}
		defer func() { m.requests.WithLabelValues(seen.outcome()).Inc() }()
		next.ServeHTTP(seen, r)
	})
}

// seen looks at an answer on its way out.
type seen struct {
	http.ResponseWriter
	status  int
	erring  bool
	started bool
}

// Unwrap lets http.ResponseController through.
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// WriteHeader keeps the status.
func (s *seen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Write looks how the answer begins: errors come first in ours.
func (s *seen) Write(b []byte) (int, error) {
	if !s.started {
		s.started, s.erring = true, bytes.HasPrefix(b, []byte(`{"errors":`))
		s.status = max(s.status, http.StatusOK)
	}
	return s.ResponseWriter.Write(b)
}

func (s *seen) outcome() string {
	switch {
	case s.status == http.StatusSwitchingProtocols:
		return "socket"
	case s.status >= http.StatusInternalServerError, s.status == 0:
		return "failed"
	case s.status >= http.StatusBadRequest:
		return "refused"
	case strings.HasPrefix(s.Header().Get("Content-Type"), "text/event-stream"):
		return "stream"
	case s.erring:
		return "error"
	}
	return "ok"
}

// roundTrip is a http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Calls counts and times what is sent to a service: ok, refused (4xx), failed (5xx), timeout, canceled (the caller went
// away) and unreachable. MOSIP tells most refusals with 200; they are ok here.
func (m *Metrics) Calls(service string, next http.RoundTripper) http.RoundTripper {
	took := m.took.WithLabelValues(service)
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		began := time.Now()
		answer, err := next.RoundTrip(r)
		took.Observe(time.Since(began).Seconds())
		m.calls.WithLabelValues(service, callOutcome(answer, err)).Inc()
		return answer, err
	})
}

func callOutcome(answer *http.Response, err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case err != nil:
		return "unreachable"
	case answer.StatusCode >= http.StatusInternalServerError:
		return "failed"
	case answer.StatusCode >= http.StatusBadRequest:
		return "refused"
	}
	return "ok"
}
