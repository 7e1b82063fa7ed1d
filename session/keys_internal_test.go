package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestWithdrawnKey lets an hour pass, which no test from outside could wait for.
func TestWithdrawnKey(t *testing.T) {
	first, second := newKey(t, "1"), newKey(t, "2")
	var published atomic.Pointer[jose.JSONWebKey]
	published.Store(&first)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		key := published.Load()
		if key == nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
	}))
	defer server.Close()
	keys := newEndpoints(server.Client()).newAgingKeys(server.URL)
	verify := func(key jose.JSONWebKey) error {
		_, err := keys.VerifySignature(t.Context(), signedBy(t, key))
		return err
	}
	anHourLater := func() { keys.until = time.Now().Add(-time.Second) }

	if err := verify(first); err != nil {
		t.Fatal(err)
	}
	published.Store(&second)
	if err := verify(first); err != nil {
		t.Errorf("a key is forgotten at once: %v", err)
	}
	anHourLater()
	if err := verify(first); err == nil || errors.Is(err, errNoKeys) {
		t.Errorf("a withdrawn key: %v", err)
	}
	published.Store(nil)
	anHourLater()
	if err := verify(second); err != nil {
		t.Errorf("while the issuer is away: %v", err)
	}
}

func newKey(t *testing.T, id string) jose.JSONWebKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "ES256"}
}

func signedBy(t *testing.T, key jose.JSONWebKey) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}
