package session

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	assertionLife = time.Minute
)

// client proves to e-Signet who we are (private_key_jwt, RFC 7523 §2.2) and opens what it encrypts for us.
type client struct {
	id       string
	audience string // empty for the endpoint that is called
	signer   jose.Signer
	decrypt  any // nil when UserInfo is never encrypted
	now      func() time.Time
}

func newClient(cfg *Config) (*client, error) {
	signer, err := newSigner(cfg.ClientKeyPEM, cfg.ClientKeyID)
	if err != nil {
		return nil, err
	}
	c := &client{id: cfg.ClientID, audience: cfg.AssertionAudience, signer: signer, now: cfg.Now}
	if cfg.DecryptionKeyPEM != "" {
		if c.decrypt, err = parseKey(cfg.DecryptionKeyPEM); err != nil {
			return nil, fmt.Errorf("session: decryption key: %w", err)
		}
	}
	return c, nil
}

func newSigner(keyPEM, keyID string) (jose.Signer, error) {
	key, err := parseKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("session: client key: %w", err)
	}
	alg, err := algorithmOf(key)
	if err != nil {
		return nil, fmt.Errorf("session: client key: %w", err)
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if keyID != "" { // e-Signet refuses a kid that its registered JWK does not have
		options = options.WithHeader("kid", keyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		return nil, fmt.Errorf("session: client key: %w", err)
	}
	return signer, nil
}

func algorithmOf(key any) (jose.SignatureAlgorithm, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < 2048 {
			return "", errors.New("an RSA key needs 2048 bits")
		}
		return jose.PS256, nil
	case *ecdsa.PrivateKey:
		if key.Curve == elliptic.P256() {
			return jose.ES256, nil
		}
	}
	return "", errors.New("needs RSA or EC P-256")
}

// parseKey reads a PKCS#8 private key. Its errors do not quote the key.
func parseKey(text string) (any, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("is not a PKCS#8 private key")
	}
	return key, nil
}

// credentials are the parameters that authenticate one try at endpoint. e-Signet takes a jti once in 24 hours, so another
// try needs others.
func (c *client) credentials(endpoint string) (url.Values, error) {
	now, audience := c.now(), c.audience
	if audience == "" {
		audience = endpoint
	}
	token, err := jwt.Signed(c.signer).Claims(map[string]any{
		"iss": c.id, "sub": c.id, "aud": audience, "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	}).Serialize()
	if err != nil {
		return nil, fmt.Errorf("session: sign client assertion: %w", err)
	}
	return url.Values{"client_id": {c.id}, "client_assertion_type": {assertionType}, "client_assertion": {token}}, nil
}
