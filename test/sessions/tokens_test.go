package sessions_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/resident-graph/resident-graph/session"
)

// tokenTap notes the tokens that a provider gives.
type tokenTap struct {
	mu     sync.Mutex
	tokens map[string]string // by value, to their name
	next   http.RoundTripper
}

// into puts the tap between a manager and its provider.
func (t *tokenTap) into(c *session.Config) {
	t.next, t.tokens = c.HTTPClient.Transport, map[string]string{}
	c.HTTPClient.Transport = t
}

// RoundTrip passes the exchange on and notes the tokens of its answer.
func (t *tokenTap) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	var answer map[string]any
	if json.Unmarshal(body, &answer) == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, name := range []string{"id_token", "access_token", "refresh_token"} {
			if token, ok := answer[name].(string); ok {
				t.tokens[token] = name
			}
		}
	}
	return response, err
}

// absent checks that at least so many tokens were given, and that none of them is in one of the places.
func (t *tokenTap) absent(tb testing.TB, given int, places map[string]string) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.tokens) < given {
		tb.Errorf("%d tokens were given", len(t.tokens))
	}
	for token, name := range t.tokens {
		for place, text := range places {
			if strings.Contains(text, token) {
				tb.Errorf("%s holds a token: %s", place, name)
			}
		}
	}
}
