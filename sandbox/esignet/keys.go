package esignet

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

// keys are the two keys of the JWKS: e-Signet's own, which signs tokens, and
// that of IDA, which signs UserInfo.
type keys struct {
	oidc, kyc jose.Signer
	jwks      []jose.JSONWebKey
}

func newKeys(seed string) keys {
	var k keys
	k.oidc = k.add(seedkey.RSA(seed, "esignet oidc"))
	k.kyc = k.add(seedkey.RSA(seed, "esignet kyc"))
	return k
}

func (k *keys) add(private *rsa.PrivateKey) jose.Signer {
	public := jose.JSONWebKey{Key: private.Public(), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		panic(fmt.Sprintf("esignet: thumbprint of an RSA key: %v", err))
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	k.jwks = append(k.jwks, public)
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.PS256,
		Key:       jose.JSONWebKey{Key: private, KeyID: public.KeyID},
	}, nil)
	if err != nil {
		panic(fmt.Sprintf("esignet: signer of an RSA key: %v", err))
	}
	return signer
}

// publicKey is a JWK with e-Signet's own member: when the certificate ends.
type publicKey struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
	Exp int64  `json:"exp"`
}

// public returns the JWKS document. Which of the two keys is meant is known by
// kid alone, as at e-Signet.
func (k *keys) public() any {
	ends := time.Now().AddDate(3, 0, 0).Unix() // a key manager's certificate lasts three years
	set := make([]publicKey, len(k.jwks))
	for i, key := range k.jwks {
		public := key.Key.(*rsa.PublicKey)
		set[i] = publicKey{
			Kty: "RSA", Use: key.Use, Kid: key.KeyID, Exp: ends,
			N: base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
			E: "AQAB", // 65537, the only exponent seedkey makes
		}
	}
	return map[string]any{"keys": set}
}
