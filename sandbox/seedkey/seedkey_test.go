package seedkey_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"io"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

// The fingerprints are written down, because a sandbox must know its own
// database again after an upgrade: a change here orphans every stored secret.
func TestKeysFollowFromSeedAndName(t *testing.T) {
	fingerprint := func(public crypto.PublicKey) string {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(der)
		return hex.EncodeToString(sum[:8])
	}
	stream := make([]byte, 8)
	if _, err := io.ReadFull(seedkey.Stream("resident-graph", "a"), stream); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ got, want string }{
		"stream":  {hex.EncodeToString(stream), "fcd6d7ab45e642bb"},
		"rsa a":   {fingerprint(seedkey.RSA("resident-graph", "a").Public()), "c479a2d8d5cd0110"},
		"rsa b":   {fingerprint(seedkey.RSA("resident-graph", "b").Public()), "c8ab8574a286b521"},
		"other a": {fingerprint(seedkey.RSA("other", "a").Public()), "674fcd770c0353d8"},
		"ec a":    {fingerprint(seedkey.EC("resident-graph", "a").Public()), "293bcf52377bad00"},
		"ec b":    {fingerprint(seedkey.EC("resident-graph", "b").Public()), "ac170941f46861cd"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", name, row.got, row.want)
		}
	}
}

func TestRSASignsAndDecrypts(t *testing.T) {
	key := seedkey.RSA("resident-graph", "use")
	if bits := key.N.BitLen(); bits != 2048 {
		t.Fatalf("modulus of %d bits", bits)
	}
	digest := sha256.Sum256([]byte("text"))
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], signature, nil); err != nil {
		t.Fatal(err)
	}
	sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := rsa.DecryptOAEP(sha256.New(), nil, key, sealed, nil)
	if err != nil || string(opened) != "secret" {
		t.Fatalf("decrypted %q, %v", opened, err)
	}
	if der, err := x509.MarshalPKCS8PrivateKey(key); err != nil {
		t.Fatal(err)
	} else if _, err := x509.ParsePKCS8PrivateKey(der); err != nil {
		t.Fatal(err)
	}
}

func TestECSigns(t *testing.T) {
	key := seedkey.EC("resident-graph", "use")
	digest := sha256.Sum256([]byte("text"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
		t.Fatal("own signature refused")
	}
}

func TestStreamDoesNotDependOnReadSizes(t *testing.T) {
	whole := make([]byte, 10_000) // beyond the 8160 bytes that HKDF alone could give
	if _, err := io.ReadFull(seedkey.Stream("s", "n"), whole); err != nil {
		t.Fatal(err)
	}
	pieces, piecewise := seedkey.Stream("s", "n"), []byte{}
	for size := 1; len(piecewise) < len(whole); size++ {
		piece := make([]byte, size)
		if _, err := io.ReadFull(pieces, piece); err != nil {
			t.Fatal(err)
		}
		piecewise = append(piecewise, piece...)
	}
	if !bytes.Equal(whole, piecewise[:len(whole)]) {
		t.Fatal("the stream differs with the sizes of the reads")
	}
	if bytes.Equal(whole[:64], whole[64:128]) {
		t.Fatal("the stream repeats itself")
	}
}

func BenchmarkRSA(b *testing.B) {
	for b.Loop() {
		seedkey.RSA("resident-graph", "benchmark")
	}
}
