// Package id makes the opaque ids and cursors of the API. It is a leaf: anyone may import it.
package id

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ID is the value of the GraphQL scalar ID: opaque text.
type ID string

// MarshalGQL writes the id as a JSON string.
func (i ID) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(string(i))) }

// UnmarshalGQL reads an id from a string, or from a number, which GraphQL lets an ID be: none of ours is one, and so it is
// the id of nothing. What else there is in JSON does not come this far.
func (i *ID) UnmarshalGQL(v any) error {
	*i = ID(fmt.Sprint(v))
	return nil
}

// ErrForeign is the one answer for text that this sealer did not make for this kind and owner: forged, damaged, or
// someone else's. Which of these it is must not show.
var ErrForeign = errors.New("not an id of this kind and owner")

// Sealer turns keys into opaque text and back. The same kind, owner and key always give the same text, because client
// caches depend on it; nothing about the key shows, and text made for one owner or kind opens for no other.
type Sealer struct {
	aead  cipher.AEAD
	nonce []byte
}

// NewSealer derives its keys from secret (at least 32 bytes). All replicas must have the same secret.
func NewSealer(secret []byte) (*Sealer, error) {
	if len(secret) < 32 {
		return nil, errors.New("the id secret needs at least 32 bytes")
	}
	keys, err := hkdf.Key(sha256.New, secret, nil, "resident-graph/id", 64)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead: aead, nonce: keys[32:]}, nil
}

// Seal answers opaque URL-safe text for key. Owner is empty for what belongs to nobody, such as a partner.
func (s *Sealer) Seal(kind, owner, key string) string {
	aad := []byte(kind + "\x00" + owner)
	// The nonce follows from what is sealed (as in AES-SIV), so it repeats only where the whole message does.
	mac := hmac.New(sha256.New, s.nonce)
	mac.Write(aad)
	mac.Write([]byte{0})
	mac.Write([]byte(key))
	nonce := mac.Sum(nil)[:s.aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(key), aad))
}

// Open answers the key that Seal was given, or ErrForeign.
func (s *Sealer) Open(kind, owner, text string) (string, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	n := s.aead.NonceSize()
	if err != nil || len(raw) < n || strings.ContainsAny(text, "\r\n") { // the decoder skips line breaks
		return "", ErrForeign
	}
	key, err := s.aead.Open(nil, raw[:n], raw[n:], []byte(kind+"\x00"+owner))
	if err != nil {
		return "", ErrForeign
	}
	return string(key), nil
}

// Node answers a node's id: the type's name in front, so that `node(id)` knows what to look for.
func (s *Sealer) Node(typeName, owner, key string) ID {
	return ID(typeName + "_" + s.Seal("node/"+typeName, owner, key))
}

// OpenNode answers the type's name and the key of a node id, or ErrForeign. Ids of nodes that belong to nobody open
// for every owner.
func (s *Sealer) OpenNode(owner string, id ID) (typeName, key string, err error) {
	typeName, text, ok := strings.Cut(string(id), "_")
	if !ok {
		return "", "", ErrForeign
	}
	for _, o := range []string{owner, ""} {
		if key, err = s.Open("node/"+typeName, o, text); err == nil {
			return typeName, key, nil
		}
	}
	return "", "", ErrForeign
}
