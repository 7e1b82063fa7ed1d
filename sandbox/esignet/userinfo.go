package esignet

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"mime"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// userInfo answers with what was made for the access token at its exchange.
// The scheme word of the header is not looked at.
func (p *provider) userInfo(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, why code) {
		w.Header().Set("WWW-Authenticate", `error="`+string(why)+`"`)
		w.WriteHeader(status)
	}
	authorization, token, parted := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		fail(http.StatusMethodNotAllowed, unknownError)
		return
	case !accepts(r.Header.Values("Accept"), "application/jwt"):
		fail(http.StatusNotAcceptable, unknownError)
		return
	case authorization == "" && !parted:
		fail(http.StatusUnauthorized, missingHeader)
		return
	case token == "":
		fail(http.StatusUnauthorized, unknownError)
		return
	}
	body, ok := p.userinfo.get(tokenKey(token))
	if !ok {
		fail(http.StatusUnauthorized, invalidToken)
		return
	}
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = w.Write([]byte(body)) // an error means that the caller has gone
}

// accepts reports whether an Accept header, absent or not, allows a type.
func accepts(header []string, mediaType string) bool {
	if len(header) == 0 {
		return true
	}
	family, _, _ := strings.Cut(mediaType, "/")
	for item := range strings.SplitSeq(strings.Join(header, ","), ",") {
		switch name, _, _ := mime.ParseMediaType(strings.TrimSpace(item)); name {
		case "*/*", family + "/*", mediaType:
			return true
		}
	}
	return false
}

// signUserInfo makes the UserInfo JWT: signed with IDA's key, without iss, aud
// or times, and wrapped in a JWE for a client so registered.
func (p *provider) signUserInfo(g *grant, resident Resident) (string, error) {
	client := g.request.client
	claims := map[string]any{"sub": p.subject(resident, client)}
	for _, claim := range g.request.claims {
		switch claim {
		case "individual_id":
			claims[claim] = g.person
		case "name":
			addName(claims, resident, g.request.locales)
		case "email":
			addText(claims, claim, resident.Email)
		case "phone_number":
			addText(claims, claim, resident.Phone)
		case "picture":
			if len(resident.Picture) > 0 {
				claims[claim] = "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(resident.Picture)
			}
		}
	}
	if !client.UserInfoJWE {
		return jwt.Signed(p.keys.kyc).Claims(claims).Serialize()
	}
	if client.EncryptionKey == nil {
		return "", fmt.Errorf("client is registered for JWE without an encryption key")
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM,
		jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: client.EncryptionKey.Key, KeyID: client.EncryptionKey.KeyID},
		(&jose.EncrypterOptions{}).WithContentType("JWT").WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("encryption key: %w", err)
	}
	return jwt.SignedAndEncrypted(p.keys.kyc, encrypter).Claims(claims).Serialize()
}

// addName gives the name in the languages asked for: as name when there is one
// of it, as name#en, name#fr when there are more.
func addName(claims map[string]any, resident Resident, locales []string) {
	found := map[string]string{}
	for _, language := range locales {
		if name := resident.Names[language]; name != "" {
			found[language] = name
		}
	}
	for language, name := range found {
		if len(found) == 1 {
			claims["name"] = name
		} else {
			claims["name#"+language] = name
		}
	}
	if len(found) == 0 {
		addText(claims, "name", resident.Name)
	}
}

func addText(claims map[string]any, claim, value string) {
	if value != "" {
		claims[claim] = value
	}
}

// subject is the pairwise subject: the same person has another at each client.
// Like IDA's partner-specific user token it has 36 digits.
func (p *provider) subject(resident Resident, client *Client) string {
	mac := hmac.New(sha256.New, []byte("pairwise "+p.Seed))
	fmt.Fprintf(mac, "%q %q", client.ID, resident.Subject)
	digits := new(big.Int).SetBytes(mac.Sum(nil))
	digits.Mod(digits, new(big.Int).Exp(big.NewInt(10), big.NewInt(36), nil))
	return fmt.Sprintf("%036d", digits)
}

// tokenKey is under which key a token's UserInfo is kept: not the token itself.
func tokenKey(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return string(sum[:])
}
