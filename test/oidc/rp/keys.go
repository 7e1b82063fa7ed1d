package rp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

var clientKey = sync.OnceValues(func() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
var decryptionKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// ClientKey is the public key of our client.
func ClientKey(t testing.TB) jose.JSONWebKey {
	t.Helper()
	key, err := clientKey()
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key.Public(), KeyID: ClientKeyID, Algorithm: "ES256", Use: "sig"}
}

// ClientKeyPEM is its private key.
func ClientKeyPEM(t testing.TB) string {
	t.Helper()
	key, err := clientKey()
	return pemOf(t, key, err)
}

// EncryptionKey is the public key for which UserInfo is encrypted.
func EncryptionKey(t testing.TB) *jose.JSONWebKey {
	t.Helper()
	key, err := decryptionKey()
	if err != nil {
		t.Fatal(err)
	}
	return &jose.JSONWebKey{Key: key.Public(), KeyID: "enc-1", Algorithm: "RSA-OAEP-256", Use: "enc"}
}

// DecryptionKeyPEM is its private key.
func DecryptionKeyPEM(t testing.TB) string {
	t.Helper()
	key, err := decryptionKey()
	return pemOf(t, key, err)
}

func pemOf(t testing.TB, key any, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
