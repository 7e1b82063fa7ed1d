package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// errNoKeys means that a signature could not be checked, which says nothing about the token.
var errNoKeys = errors.New("key set not available")

// verify checks a token. Where a key set could not be had the error is errNoKeys: the library's own does not tell
// that from a bad signature.
func verify(ctx context.Context, verifier *oidc.IDTokenVerifier, token string) (*oidc.IDToken, error) {
	ctx, trouble := withKeyTrouble(ctx)
	verified, err := verifier.Verify(ctx, token)
	if err != nil && trouble.err != nil {
		return nil, trouble.err
	}
	return verified, err
}

type keyTroubleKey struct{}

// keyTrouble is what a remoteKeys met while a token was verified.
type keyTrouble struct{ err error }

func withKeyTrouble(ctx context.Context) (context.Context, *keyTrouble) {
	trouble := &keyTrouble{}
	return context.WithValue(ctx, keyTroubleKey{}, trouble), trouble
}

// remoteKeys is a key set that is fetched when a token names a key that is not in it.
type remoteKeys struct{ set oidc.KeySet }

// newRemoteKeys reads address at most once in pause, so that made-up key ids cost the issuer nothing.
func (e *endpoints) newRemoteKeys(address string, pause time.Duration) *remoteKeys {
	client := *e.client
	client.Transport = &keyFetcher{next: e.client.Transport, pause: pause}
	// Key sets outlive the request that found them.
	return &remoteKeys{oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), &client), address)}
}

// VerifySignature returns the payload of a token that is signed with a key of the set.
func (k *remoteKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.set.VerifySignature(ctx, token)
	if err == nil {
		return payload, nil
	}
	if errors.Is(err, errNoKeys) || ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", errNoKeys, err)
		if trouble, ok := ctx.Value(keyTroubleKey{}).(*keyTrouble); ok {
			trouble.err = err
		}
	}
	return nil, err
}

// agingKeys is a key set that is read anew each keyLife, so that a key which its issuer withdrew is no longer good. While
// the issuer does not answer, what was known goes on.
type agingKeys struct {
	read func() *remoteKeys

	mu    sync.Mutex
	known *remoteKeys
	until time.Time
}

const keyLife = time.Hour

func (e *endpoints) newAgingKeys(address string) *agingKeys {
	read := func() *remoteKeys { return e.newRemoteKeys(address, bearerPause) }
	return &agingKeys{read: read, known: read(), until: time.Now().Add(keyLife)}
}

// VerifySignature returns the payload of a token that is signed with a key of the set.
func (k *agingKeys) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	known, old := k.current()
	if !old {
		return known.VerifySignature(ctx, token)
	}
	next := k.read()
	payload, err := next.VerifySignature(ctx, token)
	if errors.Is(err, errNoKeys) {
		return known.VerifySignature(ctx, token)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.until = next, time.Now().Add(keyLife)
	return payload, err
}

// current tells one caller that the set is old, and the next one after a pause.
func (k *agingKeys) current() (known *remoteKeys, old bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if old = !now.Before(k.until); old {
		k.until = now.Add(discoveryPause)
	}
	return k.known, old
}

// keySets accepts what one of them verifies.
type keySets []oidc.KeySet

// VerifySignature returns the payload of a token that is signed with a key of any set.
func (sets keySets) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	for _, set := range sets {
		if payload, err = set.VerifySignature(ctx, token); err == nil {
			return payload, nil
		}
	}
	return nil, err
}

// keyFetcher reads one key set. An answer that is not a key set is an error, and within pause the last outcome stands.
type keyFetcher struct {
	next  http.RoundTripper
	pause time.Duration

	mu    sync.Mutex
	until time.Time
	body  []byte
	err   error
}

// RoundTrip answers with the key set, or with errNoKeys.
func (f *keyFetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pause == 0 || !time.Now().Before(f.until) {
		f.body, f.err = f.fetch(r)
		f.until = time.Now().Add(f.pause)
	}
	if f.err != nil {
		return nil, f.err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(f.body)),
	}, nil
}

func (f *keyFetcher) fetch(r *http.Request) ([]byte, error) {
	response, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoKeys, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: answered %d", errNoKeys, response.StatusCode)
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(body, &set); err != nil || set.Keys == nil {
		return nil, fmt.Errorf("%w: not a JSON Web Key Set", errNoKeys)
	}
	return body, nil
}
