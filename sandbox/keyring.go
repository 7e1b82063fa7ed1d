package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"io"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

const sealMark = "SBX1" // what the sandbox's cipher texts begin with

// seal encrypts as SBX1 ‖ length ‖ application id ‖ length ‖ reference id ‖
// nonce ‖ AES-256-GCM. A caller's salt is the nonce, as at Key Manager.
func (k *keyManager) seal(c cryptoRequest, plain []byte) ([]byte, error) {
	gcm, nonce, aad, err := k.cipher(c)
	if err != nil {
		return nil, err
	}
	if nonce == nil {
		nonce = make([]byte, gcm.NonceSize())
		_, _ = rand.Read(nonce) // never fails
	}
	return gcm.Seal(append(label(c), nonce...), nonce, plain, aad), nil
}

// unseal reverses seal. Cipher text of another application or reference id is
// refused as one that may not be decrypted.
func (k *keyManager) unseal(c cryptoRequest, sealed []byte) ([]byte, error) {
	gcm, salt, aad, err := k.cipher(c)
	if err != nil {
		return nil, err
	}
	if len(sealed) < len(sealMark) || string(sealed[:len(sealMark)]) != sealMark {
		return nil, notCipherText
	}
	own := label(c)
	if len(sealed) < len(own)+gcm.NonceSize() || string(sealed[:len(own)]) != string(own) {
		return nil, decryptRefused
	}
	nonce := sealed[len(own) : len(own)+gcm.NonceSize()]
	if salt != nil && string(salt) != string(nonce) {
		return nil, notCipherText
	}
	plain, err := gcm.Open(nil, nonce, sealed[len(own)+gcm.NonceSize():], aad)
	if err != nil {
		return nil, notCipherText
	}
	return plain, nil
}

// cipher is AES-256-GCM under the key of the application and reference id,
// with what the caller gave for nonce (nil: nothing) and associated data.
func (k *keyManager) cipher(c cryptoRequest) (gcm cipher.AEAD, nonce, aad []byte, err error) {
	var key [32]byte
	stream := seedkey.Stream(k.seed, fmt.Sprintf("keymanager %q %q", c.ApplicationID, c.ReferenceID))
	_, _ = io.ReadFull(stream, key[:]) // a Stream never ends
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make a cipher: %w", err)
	}
	if gcm, err = cipher.NewGCM(block); err != nil {
		return nil, nil, nil, fmt.Errorf("make a cipher: %w", err)
	}
	if c.Salt != "" {
		if nonce, err = decodeBase64(c.Salt); err != nil || len(nonce) != gcm.NonceSize() {
			return nil, nil, nil, notBase64
		}
	}
	if aad, err = decodeBase64(c.AAD); err != nil {
		return nil, nil, nil, notBase64
	}
	return gcm, nonce, aad, nil
}

// label says under which ids a cipher text was made.
func label(c cryptoRequest) []byte {
	const most = 255
	out := []byte(sealMark)
	for _, id := range []string{c.ApplicationID, c.ReferenceID} {
		id = id[:min(len(id), most)]
		out = append(append(out, byte(len(id))), id...)
	}
	return out
}
