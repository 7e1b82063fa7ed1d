package live_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what should come soon.
const patience = 30 * time.Second

var secret = []byte("a secret of more than sixteen bytes")

// token is a service token that counts how often it was refused.
type token struct {
	mu      sync.Mutex
	dropped int
}

func (t *token) Token(context.Context) (string, error) { return "service-token", nil }
func (t *token) Drop(string)                           { t.mu.Lock(); t.dropped++; t.mu.Unlock() }
func (t *token) drops() int                            { t.mu.Lock(); defer t.mu.Unlock(); return t.dropped }

// inbox is what Deliver was given.
type inbox struct {
	mu     sync.Mutex
	bodies map[string][]string
	err    error
}

func (i *inbox) deliver(_ context.Context, topic string, body []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		return i.err
	}
	if i.bodies == nil {
		i.bodies = map[string][]string{}
	}
	i.bodies[topic] = append(i.bodies[topic], string(body))
	return nil
}

func (i *inbox) fail(err error) { i.mu.Lock(); i.err = err; i.mu.Unlock() }

func (i *inbox) of(topic string) []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.bodies[topic]...)
}

// serve serves a handler on the loopback until the test ends.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// client is an HTTP client whose connections end with the test.
func client(t *testing.T) *http.Client {
	transport := &http.Transport{ExpectContinueTimeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// running runs something until the test ends, which waits for it. The returned function ends it earlier.
func running(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("Run does not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

// soon waits until something holds.
func soon(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

func sha256Hex(key []byte, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}
