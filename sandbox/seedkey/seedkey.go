// Package seedkey derives the sandbox's keys from its seed, so that the same
// seed gives the same sandbox after a restart and on another machine.
//
// The keys are as predictable as the seed: they are for the sandbox alone.
package seedkey

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"io"
)

// Stream returns an endless stream of bytes that follows from seed and name
// alone: AES-256-CTR under a key and initial counter from HKDF-SHA-256
// (RFC 5869), with seed as the secret and name as the info. Two names of one
// seed give unrelated streams. It never fails and may not be shared between
// goroutines.
func Stream(seed, name string) io.Reader {
	const keySize = 32
	material, err := hkdf.Key(sha256.New, []byte(seed), nil, name, keySize+aes.BlockSize)
	if err != nil {
		panic("seedkey: " + err.Error()) // only for a length beyond HKDF's limit
	}
	block, err := aes.NewCipher(material[:keySize])
	if err != nil {
		panic("seedkey: " + err.Error()) // only for a key that is not 16, 24 or 32 bytes
	}
	return cipher.StreamReader{S: cipher.NewCTR(block, material[keySize:]), R: zeros{}}
}

// zeros is what the key stream is laid over.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// read returns the next n bytes of a Stream, which never ends.
func read(stream io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(stream, b); err != nil {
		panic("seedkey: " + err.Error())
	}
	return b
}
