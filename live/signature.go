package live

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// signed tells whether header, the value of X-Hub-Signature ("method=hex", W3C WebSub §7.1), is the HMAC of
// body under secret. The method's case does not matter. sha1 is refused by policy; the comparison is
// constant-time.
func signed(header string, secret, body []byte) bool {
	method, digits, _ := strings.Cut(header, "=")
	var hashed func() hash.Hash
	switch strings.ToLower(strings.TrimSpace(method)) {
	case "sha256":
		hashed = sha256.New
	case "sha384":
		hashed = sha512.New384
	case "sha512":
		hashed = sha512.New
	default:
		return false
	}
	claimed, err := hex.DecodeString(strings.TrimSpace(digits))
	if err != nil || len(secret) == 0 {
		return false
	}
	mac := hmac.New(hashed, secret)
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), claimed)
}
