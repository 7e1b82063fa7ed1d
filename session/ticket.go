package session

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// A ticket is what the browser holds: an id that finds a value in Redis and a key that decrypts it. Redis
// keeps only the id's hash and the ciphertext, so neither a dump of Redis nor our memory of ids opens a session.
type ticket struct {
	id  [32]byte
	key [32]byte
}

var errTicket = errors.New("session: not a ticket")

func newTicket() ticket {
	var t ticket
	rand.Read(t.id[:]) // never fails: crypto/rand ends the process instead
	rand.Read(t.key[:])
	return t
}

func parseTicket(cookie string) (ticket, error) {
	var t ticket
	if base64.RawURLEncoding.DecodedLen(len(cookie)) != len(t.id)+len(t.key) {
		return t, errTicket
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(raw) != len(t.id)+len(t.key) { // the decoder skips line breaks
		return t, errTicket
	}
	copy(t.id[:], raw)
	copy(t.key[:], raw[len(t.id):])
	return t, nil
}

// cookie is the ticket as a cookie value.
func (t ticket) cookie() string {
	return base64.RawURLEncoding.EncodeToString(append(t.id[:], t.key[:]...))
}

// hash names the ticket on the server.
func (t ticket) hash() string {
	sum := sha256.Sum256(t.id[:])
	return hex.EncodeToString(sum[:])
}

// seal encrypts value with AES-256-GCM for the Redis key name; it opens under no other name.
func (t ticket) seal(name string, value []byte) ([]byte, error) {
	aead, err := t.aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, value, []byte(name)), nil //nolint:gosec // this AEAD makes its nonces itself
}

func (t ticket) open(name string, sealed []byte) ([]byte, error) {
	aead, err := t.aead()
	if err != nil {
		return nil, err
	}
	value, err := aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, errTicket
	}
	return value, nil
}

func (t ticket) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(t.key[:])
	if err != nil {
		return nil, fmt.Errorf("session: data key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("session: data key: %w", err)
	}
	return aead, nil
}
