package file

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"golang.org/x/text/unicode/norm"
)

// encryption is the standard security handler of revision 6 (ISO 32000-2, 7.6.4): AES-256 with a random file key, which
// the password unlocks. Salts and vectors are random too, so that two encrypted files never have the same bytes.
type encryption struct {
	key             cipher.Block
	user, userKey   []byte // U and UE
	owner, ownerKey []byte // O and OE
	perms           []byte
}

// allPermissions has every bit set but the two that are reserved: whoever opens the file may print, copy and have it
// read aloud. It is written as the signed integer that it is in two's complement.
const allPermissions = -4

// A password is at most this many bytes of UTF-8.
const maxPassword = 127

func newEncryption(password string) (*encryption, error) {
	secret := make([]byte, 32)
	ownerPassword := make([]byte, 32)
	fill(secret, ownerPassword)
	key, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("key the PDF: %w", err)
	}
	e := &encryption{key: key}
	e.user, e.userKey = lock(prepared(password), secret, nil)
	// Nobody knows the owner's password: there is no second way in.
	e.owner, e.ownerKey = lock(ownerPassword, secret, e.user)

	perms := make([]byte, 16)
	fill(perms[12:])
	p := int32(allPermissions)
	binary.LittleEndian.PutUint32(perms, uint32(p)) //nolint:gosec // two's complement is what is asked for
	copy(perms[4:], "\xff\xff\xff\xffTadb")
	e.perms = make([]byte, 16)
	key.Encrypt(e.perms, perms)
	return e, nil
}

// fill never fails: crypto/rand ends the program rather than answer few or poor bytes.
func fill(all ...[]byte) {
	for _, b := range all {
		_, _ = rand.Read(b)
	}
}

// prepared is what of SASLprep (RFC 4013) changes a password that people type.
func prepared(password string) []byte {
	p := norm.NFKC.Bytes([]byte(password))
	return p[:min(len(p), maxPassword)]
}

// lock answers what verifies a password, with its two salts, and the file's key as only the password opens it
// (algorithms 8 and 9).
func lock(password, secret, user []byte) (verifier, locked []byte) {
	salts := make([]byte, 16)
	fill(salts)
	verifier = append(digest(password, salts[:8], user), salts...)
	block, err := aes.NewCipher(digest(password, salts[8:], user))
	if err != nil {
		panic(err) // a SHA-256 sum is a key of AES-256
	}
	locked = make([]byte, 32)
	// The standard's vector is zero: each key is used once.
	vector := make([]byte, 16)
	cipher.NewCBCEncrypter(block, vector).CryptBlocks(locked, secret) //nolint:gosec // see above
	return verifier, locked
}

// digest is algorithm 2.B, which makes each guess of a password cost at least 64 rounds of AES and SHA-2.
func digest(password, salt, user []byte) []byte {
	first := sha256.Sum256(bytes.Join([][]byte{password, salt, user}, nil))
	k := first[:]
	for round := 0; ; round++ {
		e := bytes.Repeat(bytes.Join([][]byte{password, k, user}, nil), 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			panic(err) // sixteen bytes are a key of AES-128
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		// 256 is 1 modulo 3: the remainder of the number is that of the sum of its bytes.
		remainder := 0
		for _, b := range e[:16] {
			remainder += int(b)
		}
		switch remainder % 3 {
		case 0:
			sum := sha256.Sum256(e)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(e)
			k = sum[:]
		default:
			sum := sha512.Sum512(e)
			k = sum[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round-31 {
			return k[:32]
		}
	}
}

// seal answers a random vector and plain under AES-256-CBC with PKCS #7 padding (algorithm 1.A).
func (e *encryption) seal(plain []byte) []byte {
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	sealed := make([]byte, aes.BlockSize, aes.BlockSize+len(plain)+pad)
	fill(sealed)
	sealed = append(sealed, plain...)
	sealed = append(sealed, bytes.Repeat([]byte{byte(pad)}, pad)...)
	body := sealed[aes.BlockSize:]
	cipher.NewCBCEncrypter(e.key, sealed[:aes.BlockSize]).CryptBlocks(body, body)
	return sealed
}

func (e *encryption) dict() Dict {
	return Dict{
		"Filter": Name("Standard"), "V": 5, "R": 6, "Length": 256, "P": allPermissions,
		"U": Bytes(e.user), "UE": Bytes(e.userKey), "O": Bytes(e.owner), "OE": Bytes(e.ownerKey), "Perms": Bytes(e.perms),
		"CF":   Dict{"StdCF": Dict{"AuthEvent": Name("DocOpen"), "CFM": Name("AESV3"), "Length": 32}},
		"StmF": Name("StdCF"), "StrF": Name("StdCF"), "EncryptMetadata": true,
	}
}
