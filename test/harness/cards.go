package harness

import (
	"net/http"
	"testing"
)

// CardRequest is a request for a card as the sandbox's generator holds it.
type CardRequest struct {
	RequestID string         `json:"requestId"`
	ID        string         `json:"id"`
	Status    string         `json:"statusCode"`
	URL       *string        `json:"url"`
	Request   map[string]any `json:"request,omitempty"`
}

// CardRequests answers what was asked of the generator, newest first.
func (s *Server) CardRequests(t testing.TB) (all []CardRequest) {
	t.Helper()
	s.sandbox(t, http.MethodGet, "/sandbox/credentials", nil, &all)
	return all
}

// MoveCardRequest has the generator hold a request so, for good.
func (s *Server) MoveCardRequest(t testing.TB, r CardRequest) {
	t.Helper()
	r.Request = nil
	s.sandbox(t, http.MethodPut, "/sandbox/credential", r, nil)
}
