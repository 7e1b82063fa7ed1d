package esignet

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	assertionType   = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLeeway = 5 * time.Second
)

// authenticateClient checks private_key_jwt (RFC 7523) as e-Signet 1.8.0 does:
// signature and header against the registered JWK, then the claims, then that
// the jti is new. The only error is invalid_client.
func (p *provider) authenticateClient(client *Client, form url.Values, audiences ...string) error {
	token, err := jwt.ParseSigned(form.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256})
	if err != nil || form.Get("client_assertion_type") != assertionType || !headerAgrees(token.Headers[0], client.Key) {
		return invalidClient
	}
	var claims jwt.Claims
	if err := token.Claims(client.Key.Key, &claims); err != nil {
		return invalidClient
	}
	if claims.IssuedAt == nil || claims.Expiry == nil || strings.TrimSpace(claims.ID) == "" {
		return invalidClient
	}
	claims.IssuedAt = nil // has to be there, but is not compared with the clock
	expected := jwt.Expected{Issuer: client.ID, Subject: client.ID, AnyAudience: append(audiences, p.Issuer), Time: time.Now()}
	if err := claims.ValidateWithLeeway(expected, assertionLeeway); err != nil {
		return invalidClient
	}
	if !p.assertions.add(client.ID+" "+claims.ID, struct{}{}) {
		return invalidClient
	}
	return nil
}

// headerAgrees reports whether what the header says of the key is what was
// registered. A kid is refused when the registered JWK has none.
func headerAgrees(header jose.Header, key jose.JSONWebKey) bool {
	if header.KeyID != "" && header.KeyID != key.KeyID {
		return false
	}
	if key.Algorithm != "" && key.Algorithm != header.Algorithm || key.Use != "" && key.Use != "sig" {
		return false
	}
	if thumbprint, ok := header.ExtraHeaders["x5t#S256"]; ok {
		sent, isText := thumbprint.(string)
		sum, err := base64.RawURLEncoding.DecodeString(sent)
		if !isText || err != nil || !bytes.Equal(sum, key.CertificateThumbprintSHA256) {
			return false
		}
	}
	typ, ok := header.ExtraHeaders[jose.HeaderType]
	return !ok || typ == "JWT"
}
