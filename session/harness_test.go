package session_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/session"
)

const (
	clientID    = "resident-oidc-client"
	clientKeyID = "resident-1"
	uin         = "5134067298"
	vid         = "9830872690593682"
)

// app is Resident Graph reduced to its session: sign-in, sign-out and a page that says who asks.
type app struct {
	*session.Manager
	url    string
	redis  *miniredis.Miniredis
	client redis.UniversalClient
	log    *bytes.Buffer
	config session.Config

	mu       sync.Mutex
	logins   []*session.Session
	failures []session.Code
}

type option func(*session.Config)

// late is a handler that is set after its server has got an address.
type late struct{ http.Handler }

func newApp(t *testing.T, issuer string, options ...option) *app {
	t.Helper()
	handler := &late{}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return startApp(t, server.URL, handler, issuer, options...)
}

func startApp(t *testing.T, publicURL string, handler *late, issuer string, options ...option) *app {
	t.Helper()
	a := &app{url: publicURL, redis: miniredis.RunT(t), log: new(bytes.Buffer)}
	a.client = redis.NewClient(&redis.Options{Addr: a.redis.Addr()})
	t.Cleanup(func() { a.client.Close() })
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	a.config = session.Config{
		Issuer: issuer, ClientID: clientID, ClientKeyID: clientKeyID, ClientKeyPEM: pemOf(t, clientKey()),
		PublicURL: publicURL, Secret: bytes.Repeat([]byte{7}, 32), Redis: a.client,
		Resolve: resolve, TokenID: tokenID,
		OnLogin: func(_ context.Context, s *session.Session) error {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.logins = append(a.logins, s)
			return nil
		},
		OnLoginFailed: func(_ context.Context, code session.Code) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.failures = append(a.failures, code)
		},
		HTTPClient: &http.Client{Transport: transport},
		Log:        slog.New(slog.NewTextHandler(a.log, nil)),
	}
	for _, o := range options {
		o(&a.config)
	}
	a.Manager = a.another(t)
	handler.Handler = a.handler(a.Manager)
	return a
}

// another is a second replica: it shares nothing but Redis.
func (a *app) another(t *testing.T) *session.Manager {
	t.Helper()
	m, err := session.New(t.Context(), a.config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// run keeps the background of m going until the test ends.
func run(t *testing.T, m *session.Manager) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

type whoami struct {
	SignedIn, Ended, Unavailable bool
	ID, UIN                      string
}

func (a *app) handler(m *session.Manager) http.Handler {
	mux := http.NewServeMux()
	m.Routes(mux)
	mux.Handle("/", m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := whoami{Ended: session.Ended(r.Context()), Unavailable: session.Unavailable(r.Context())}
		if s := session.FromContext(r.Context()); s != nil {
			answer.SignedIn, answer.ID, answer.UIN = true, s.ID, s.UIN
		}
		_ = json.NewEncoder(w).Encode(answer)
	})))
	return mux
}

func resolve(_ context.Context, id string) (string, session.Kind, error) {
	switch id {
	case uin:
		return uin, session.UIN, nil
	case vid:
		return uin, session.VID, nil
	case "down":
		return "", "", errors.New("connection refused")
	}
	return "", "", session.ErrUnknownIndividual
}

func tokenID(uin string) string {
	sum := sha256.Sum256([]byte("salt" + uin))
	return fmt.Sprintf("%036d", new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(1e18)))
}

var clientKey = sync.OnceValue(newECKey)

func newECKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// browser keeps cookies, follows redirects and remembers everything it was sent.
type browser struct {
	t      *testing.T
	http   *http.Client
	header http.Header
	seen   bytes.Buffer
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	b := &browser{t: t, header: http.Header{}}
	b.http = &http.Client{Jar: jar, Transport: recorder{transport, b}}
	return b
}

type recorder struct {
	next http.RoundTripper
	b    *browser
}

// RoundTrip passes the exchange on and notes the answer.
func (r recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.Header.Write(&r.b.seen)
	r.b.seen.Write(body)
	return response, err
}

// page is where a navigation ended.
type page struct {
	status int
	url    *url.URL
	header http.Header
	body   string
}

func (b *browser) do(method, address string, form url.Values) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header = b.header.Clone()
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.http.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{response.StatusCode, response.Request.URL, response.Header, string(body)}
}

func (b *browser) get(address string) page {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

func (b *browser) whoami(a *app) whoami {
	b.t.Helper()
	return b.whoamiAt(a.url)
}

func (b *browser) whoamiAt(address string) (answer whoami) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.get(address+"/who").body), &answer); err != nil {
		b.t.Fatal(err)
	}
	return answer
}

// cookie returns the value of one of the app's cookies, empty when the browser has none.
func (b *browser) cookie(a *app, name string) string {
	b.t.Helper()
	address, err := url.Parse(a.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(address) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// withoutRedirects shows each answer instead of following it.
func (b *browser) withoutRedirects() *browser {
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// whoIs asks a replica directly; several may ask at once.
func whoIs(t *testing.T, replica http.Handler, cookie string) (answer whoami) {
	request := httptest.NewRequest(http.MethodGet, "/who", nil)
	request.Header.Set("Cookie", cookie)
	recorder := httptest.NewRecorder()
	replica.ServeHTTP(recorder, request)
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Error(err)
	}
	return answer
}

func mustLoad(t *testing.T, a *app, b *browser) *session.Session {
	t.Helper()
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
