package keycloak_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/keycloak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "s3cr3t-of-a-test"

// realm answers like Keycloak's token endpoint; life is in seconds.
type realm struct {
	*httptest.Server
	fetches atomic.Int32
	life    int
	down    atomic.Bool
	hangs   atomic.Bool // only inside
}

func newRealm(t *testing.T, life int) (*realm, *keycloak.Tokens) {
	t.Helper()
	r := &realm{life: life}
	r.Server = httptest.NewServer(http.HandlerFunc(r.token))
	transport := upstream.Transport()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		r.Close()
	})
	return r, keycloak.New(r.URL, "mosip-resident-client", secret, transport)
}

func (r *realm) token(w http.ResponseWriter, req *http.Request) {
	n := r.fetches.Add(1)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case req.PostFormValue("grant_type") != "client_credentials" || req.PostFormValue("client_id") != "mosip-resident-client" ||
		req.PostFormValue("client_secret") != secret || req.Header.Get("Authorization") != "":
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`)
	default:
		time.Sleep(20 * time.Millisecond)
		_, _ = fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":%d,"refresh_expires_in":0,"token_type":"Bearer","not-before-policy":0,"scope":"profile email"}`, n, r.life)
	}
}

func want(t *testing.T, tokens *keycloak.Tokens, token string) {
	t.Helper()
	if got, err := tokens.Token(t.Context()); got != token || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, token)
	}
}

func TestOneFetchForManyCallers(t *testing.T) {
	realm, tokens := newRealm(t, 3600)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { want(t, tokens, "token-1") })
	}
	wg.Wait()
	if n := realm.fetches.Load(); n != 1 {
		t.Errorf("%d fetches", n)
	}
}

func TestDropForgetsThatTokenOnly(t *testing.T) {
	realm, tokens := newRealm(t, 3600)
	want(t, tokens, "token-1")
	tokens.Drop("token-0")
	want(t, tokens, "token-1")
	tokens.Drop("token-1")
	want(t, tokens, "token-2")
	tokens.Drop("token-1") // a late report about the one before
	want(t, tokens, "token-2")
	if n := realm.fetches.Load(); n != 2 {
		t.Errorf("%d fetches", n)
	}
}

// One service that does not accept a token takes it from none of the others.
func TestATokenThatOneServiceRefusesIsUsedWhileThereIsNoOther(t *testing.T) {
	realm, tokens := newRealm(t, 3600)
	want(t, tokens, "token-1")
	realm.down.Store(true)
	for range 20 {
		tokens.Drop("token-1")
		want(t, tokens, "token-1")
	}
}

// inside answers a realm's requests without a network, so that time can be the test's own.
type inside struct{ *realm }

func (i inside) RoundTrip(req *http.Request) (*http.Response, error) {
	if i.hangs.Load() {
		i.fetches.Add(1)
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	answer := httptest.NewRecorder()
	i.token(answer, req)
	return answer.Result(), nil
}

func TestRenewedAtFourFifthsAndUsedToTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		realm := &realm{life: 3000}
		tokens := keycloak.New("http://keycloak.example/token", "mosip-resident-client", secret, inside{realm})
		want(t, tokens, "token-1")
		time.Sleep(2390 * time.Second)
		want(t, tokens, "token-1")
		time.Sleep(20 * time.Second)
		realm.down.Store(true)
		for range 20 { // still valid, and Keycloak is not asked by every call
			want(t, tokens, "token-1")
		}
		if n := realm.fetches.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
		time.Sleep(580 * time.Second)
		want(t, tokens, "token-1")
		time.Sleep(20 * time.Second)
		if got, err := tokens.Token(t.Context()); upstream.KindOf(err) != upstream.Unavailable {
			t.Errorf("past its end: %q, %v", got, err)
		}
		realm.down.Store(false)
		time.Sleep(2 * time.Second)
		want(t, tokens, "token-5")
	})
}

// A Keycloak that does not answer must not take their time from calls that have a token.
func TestATokenInHandIsNotHeldUpByAKeycloakThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		realm := &realm{life: 3000}
		tokens := keycloak.New("http://keycloak.example/token", "mosip-resident-client", secret, inside{realm})
		want(t, tokens, "token-1")
		time.Sleep(2500 * time.Second)
		realm.hangs.Store(true)
		var wg sync.WaitGroup
		for range 10 {
			for _, patience := range []time.Duration{3 * time.Second, 300 * time.Millisecond} {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					began := time.Now()
					got, err := tokens.Token(ctx)
					if took := time.Since(began); got != "token-1" || err != nil || took > patience/2 {
						t.Errorf("got %q, %v after %v of %v", got, err, took, patience)
					}
				})
			}
		}
		wg.Wait()
		if n := realm.fetches.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
		realm.hangs.Store(false)
		time.Sleep(2 * time.Second)
		want(t, tokens, "token-3")
	})
}

func TestFailures(t *testing.T) {
	refusing, _ := newRealm(t, 60)
	down, _ := newRealm(t, 60)
	down.down.Store(true)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	t.Cleanup(page.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, row := range map[string]struct {
		url, secret string
		kind        upstream.Kind
	}{
		"wrong secret": {refusing.URL, "wrong-" + secret, upstream.Denied},
		"down":         {down.URL, secret, upstream.Unavailable},
		"not there":    {gone.URL, secret, upstream.Unavailable},
		"a page":       {page.URL, secret, upstream.Garbled},
	} {
		transport := upstream.Transport()
		_, err := keycloak.New(row.url, "mosip-resident-client", row.secret, transport).Token(t.Context())
		transport.CloseIdleConnections()
		if upstream.KindOf(err) != row.kind {
			t.Errorf("%s: %v", name, err)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, "<html>") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}

func TestWaitingEndsWithTheCaller(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	}))
	transport := upstream.Transport()
	tokens := keycloak.New(slow.URL, "c", secret, transport)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = tokens.Token(t.Context()) })
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err := tokens.Token(ctx)
	if upstream.KindOf(err) != upstream.Timeout || time.Since(started) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(started))
	}
	close(release)
	wg.Wait()
	transport.CloseIdleConnections()
	slow.Close()
}
