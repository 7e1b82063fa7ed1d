// Package rp is Resident Graph reduced to what signs residents in: the real session.Manager on a server of its own, and
// a browser that goes through it. It looks identities up in a table of two, and keeps sessions in the Redis it is given.
package rp

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/session"
)

// Who signs in, and as what our client is known.
const (
	UIN         = "5134067298"
	TokenID     = "123456789012345678901234567890123456"
	ClientID    = "resident-oidc-client"
	ClientKeyID = "resident-1"
)

// Scopes is what the app asks for.
var Scopes = []string{"openid", "profile", "Manage-VID"}

// Listener has the address of an app before there is one: a provider must be told it first.
type Listener struct {
	URL       string
	Transport http.RoundTripper // trusts the certificate of ListenTLS

	handler http.Handler
}

// Listen opens a server on loopback.
func Listen(t testing.TB) *Listener { t.Helper(); return listen(t, (*httptest.Server).Start) }

// ListenTLS opens one with https.
func ListenTLS(t testing.TB) *Listener { t.Helper(); return listen(t, (*httptest.Server).StartTLS) }

func listen(t testing.TB, start func(*httptest.Server)) *Listener {
	t.Helper()
	l := &Listener{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.handler.ServeHTTP(w, r) }))
	start(server)
	t.Cleanup(server.Close)
	l.URL, l.Transport = server.URL, server.Client().Transport
	return l
}

// App is one replica.
type App struct {
	*session.Manager
	URL    string
	Config session.Config

	t        testing.TB
	log      *lockedBuffer
	mu       sync.Mutex
	failures []session.Code
}

// Start serves sign-in, sign-out and a page that says who asks, and follows sessions until the test ends.
func Start(t testing.TB, l *Listener, redisURL, issuer string, options ...func(*session.Config)) *App {
	t.Helper()
	address, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(address)
	t.Cleanup(func() { client.Close() })
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	a := &App{URL: l.URL, t: t, log: &lockedBuffer{}}
	a.Config = session.Config{
		Issuer: issuer, ClientID: ClientID, ClientKeyID: ClientKeyID, ClientKeyPEM: ClientKeyPEM(t),
		AssertionAudience: issuer, UserInfoJSON: true, Scopes: Scopes,
		PublicURL: l.URL, Secret: bytes.Repeat([]byte{7}, 32), Redis: client,
		Resolve: func(_ context.Context, id string) (string, session.Kind, error) {
			if id != UIN {
				return "", "", session.ErrUnknownIndividual
			}
			return UIN, session.UIN, nil
		},
		TokenID: func(string) string { return TokenID },
		OnLoginFailed: func(_ context.Context, code session.Code) {
			a.mu.Lock()
			a.failures = append(a.failures, code)
			a.mu.Unlock()
		},
		HTTPClient: &http.Client{Transport: transport},
		Log:        slog.New(slog.NewTextHandler(a.log, nil)),
	}
	for _, option := range options {
		option(&a.Config)
	}
	a.serve(l)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of %s:\n%s", a.URL, a.log.String())
		}
	})
	return a
}

// Replica is another process over the same Redis, behind the same public address, reached at an address of its own.
func (a *App) Replica() *App {
	a.t.Helper()
	l := Listen(a.t)
	other := &App{URL: l.URL, Config: a.Config, t: a.t, log: a.log}
	other.serve(l)
	return other
}

func (a *App) serve(l *Listener) {
	a.t.Helper()
	manager, err := session.New(a.t.Context(), a.Config)
	if err != nil {
		a.t.Fatal(err)
	}
	a.Manager = manager
	mux := http.NewServeMux()
	manager.Routes(mux)
	mux.Handle("/", manager.Middleware(http.HandlerFunc(who)))
	l.handler = mux
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- manager.Run(ctx) }()
	a.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			a.t.Errorf("Run: %v", err)
		}
	})
}

// Failures are the codes of the logins that failed so far.
func (a *App) Failures() []session.Code {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]session.Code(nil), a.failures...)
}

// Log is what was logged so far.
func (a *App) Log() string { return a.log.String() }

// Who is what the page says.
type Who struct {
	SignedIn, Ended, Unavailable bool
	ID, UIN                      string
}

func who(w http.ResponseWriter, r *http.Request) {
	answer := Who{Ended: session.Ended(r.Context()), Unavailable: session.Unavailable(r.Context())}
	if s := session.FromContext(r.Context()); s != nil {
		answer.SignedIn, answer.ID, answer.UIN = true, s.ID, s.UIN
	}
	_ = json.NewEncoder(w).Encode(answer)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
