package upstream_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/resident-graph/resident-graph/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is an upstream that speaks the kernel's contract, word for word as a test gives it.
type service struct {
	*httptest.Server
	sends     atomic.Int32
	transport *http.Transport
}

func serve(t *testing.T, handler http.HandlerFunc) *service {
	t.Helper()
	s := &service{transport: upstream.Transport()}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.sends.Add(1)
		handler(w, r)
	}))
	t.Cleanup(func() {
		s.transport.CloseIdleConnections()
		s.Close()
	})
	return s
}

func (s *service) client(change ...func(*upstream.Options)) *upstream.Client {
	o := upstream.Options{Service: "identity", BaseURL: s.URL + "/v1", Transport: s.transport}
	for _, c := range change {
		c(&o)
	}
	return upstream.New(o)
}

// answering returns a handler that always answers the same.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

type thing struct{ Status string }

const wellDone = `{"id":null,"version":null,"responsetime":"2026-03-12T10:10:00.412Z","metadata":null,"response":{"status":"fine"},"errors":null}`

func read(ctx context.Context, c *upstream.Client) (thing, error) {
	return upstream.Do[thing](ctx, c, upstream.Call{Operation: "read", Method: "GET", Path: "/things/4752553412", Idempotent: true})
}

func write(ctx context.Context, c *upstream.Client) (thing, error) {
	return upstream.Do[thing](ctx, c, upstream.Call{Operation: "write", Method: "POST", Path: "/things/4752553412", Body: upstream.Wrap("mosip.thing", "v1", thing{"new"})})
}

// tokens hands out a, b, c, … and notes what was dropped.
type tokens struct {
	mu      sync.Mutex
	next    byte
	dropped []string
}

func (t *tokens) Token(context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string('a' + t.next), nil
}

func (t *tokens) Drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped = append(t.dropped, token)
	t.next++
}
