// Package keycloak fetches the service token of Resident Graph's own Keycloak client.
package keycloak

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/resident-graph/resident-graph/upstream"
)

const (
	fetchTimeout = 3 * time.Second
	renewTimeout = time.Second // of a fetch while there is a token in hand
	pause        = time.Second // after a failure, so that a Keycloak in trouble is not asked once per waiting call
)

// Tokens is an upstream.TokenSource over the client credentials grant (RFC 6749 section 4.4). One fetch is under way
// at a time; a token is renewed at 80 % of its life or when a service did not accept it, and used to its end if that fails.
type Tokens struct {
	grant    clientcredentials.Config
	http     *http.Client
	fetching chan struct{} // holds one value while a fetch is under way: a lock that can be given up with a context

	mu       sync.Mutex
	token    string
	refused  bool // by a service: whoever asks waits for another one
	renewAt  time.Time
	endsAt   time.Time
	failure  error
	failedAt time.Time
}

// New makes the token source of one client; rt nil means a transport of its own.
func New(tokenURL, clientID, secret string, rt http.RoundTripper) *Tokens {
	if rt == nil {
		rt = upstream.Transport()
	}
	return &Tokens{
		grant: clientcredentials.Config{
			ClientID: clientID, ClientSecret: secret, TokenURL: tokenURL,
			AuthStyle: oauth2.AuthStyleInParams, // MOSIP's realm expects the secret in the form
		},
		http: &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a redirect would carry the secret away
		}},
		fetching: make(chan struct{}, 1),
	}
}

// Token returns the token in hand, or fetches one. The error is an *upstream.Error of service keycloak.
func (t *Tokens) Token(ctx context.Context) (string, error) {
	token, state := t.inHand()
	if state == fresh {
		return token, nil
	}
	select {
	case t.fetching <- struct{}{}:
		defer func() { <-t.fetching }()
	default:
		if state == usable { // another caller sees to it
			return token, nil
		}
		select {
		case t.fetching <- struct{}{}:
			defer func() { <-t.fetching }()
		case <-ctx.Done():
			if token, _ := t.inHand(); token != "" {
				return token, nil
			}
			return "", failed(ctx.Err())
		}
	}
	return t.renewed(ctx)
}

// renewed returns the token that the fetch before has brought, or fetches one; only the holder of fetching calls it.
func (t *Tokens) renewed(ctx context.Context) (string, error) {
	token, state := t.inHand()
	if state == fresh {
		return token, nil
	}
	err := t.recentFailure()
	if err == nil {
		err = t.fetch(ctx, patience(ctx, token != ""))
	}
	if err != nil && token == "" {
		return "", err
	}
	token, _ = t.inHand()
	return token, nil
}

// patience is how long a fetch may take. With a token in hand it leaves its caller time to use that one.
func patience(ctx context.Context, inHand bool) time.Duration {
	if !inHand {
		return fetchTimeout
	}
	if deadline, limited := ctx.Deadline(); limited {
		return min(renewTimeout, time.Until(deadline)/2)
	}
	return renewTimeout
}

// Drop has the token renewed that a service did not accept; any other one, fetched meanwhile, stays. Until there is
// another it is still used: that one service refuses it, such as for its audience, says nothing about the others.
func (t *Tokens) Drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.refused = true
	}
}

// state is what a token in hand is good for.
type state int

const (
	doubtful state = iota // there is none, or a service refused it: only a fetch helps
	usable                // it is to be renewed
	fresh
)

// inHand returns the token that is still valid, or "", and its state.
func (t *Tokens) inHand() (token string, state state) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	switch {
	case t.token == "" || !now.Before(t.endsAt):
		return "", doubtful
	case t.refused:
		return t.token, doubtful
	case now.Before(t.renewAt):
		return t.token, fresh
	}
	return t.token, usable
}

func (t *Tokens) recentFailure() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.failedAt) < pause {
		return t.failure
	}
	return nil
}

// fetch asks Keycloak; only the holder of fetching calls it.
func (t *Tokens) fetch(ctx context.Context, within time.Duration) error {
	asked := time.Now()
	limited, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, t.http), within)
	defer cancel()
	got, err := t.grant.Token(limited)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		err = failed(err)
		if ctx.Err() == nil { // a caller that went away says nothing about Keycloak
			t.failure, t.failedAt = err, time.Now()
		}
		return err
	}
	life := time.Minute // Keycloak always states it; without it, ask again soon
	if !got.Expiry.IsZero() {
		life = got.Expiry.Sub(asked)
	}
	t.token, t.renewAt, t.endsAt = got.AccessToken, asked.Add(life*8/10), asked.Add(life)
	t.refused = false
	t.failure, t.failedAt = nil, time.Time{}
	return nil
}

// failed turns an error of the grant into ours; oauth2's own text repeats the answer's body.
func failed(err error) error {
	e := &upstream.Error{Service: "keycloak", Operation: "token", Kind: upstream.Garbled, Code: "no-token"}
	refused, answered := errors.AsType[*oauth2.RetrieveError](err)
	_, network := errors.AsType[*url.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Kind, e.Code = upstream.Timeout, "deadline"
	case answered && refused.Response != nil && refused.Response.StatusCode >= 500:
		e.Kind, e.Code = upstream.Unavailable, "http-"+strconv.Itoa(refused.Response.StatusCode)
	case answered && refused.ErrorCode != "":
		e.Kind, e.Code = upstream.Denied, refused.ErrorCode
	case network:
		e.Kind, e.Code = upstream.Unavailable, "unreachable"
	}
	return e
}
