package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

const (
	bearerLimit = 16 << 10        // a token that is longer is not looked at
	bearerPause = 5 * time.Second // between two readings of an issuer's key set
)

// bearer verifies bearer tokens offline: only a key id that is new makes it read a key set.
type bearer struct {
	cfg     *BearerConfig
	algs    []jose.SignatureAlgorithm
	issuers map[string]*trusted
	now     func() time.Time
}

// trusted is an issuer with what checks its tokens.
type trusted struct {
	BearerIssuer
	tokens   *oidc.IDTokenVerifier
	userInfo *userInfoSource
}

// bearerClaims is what an access token says.
type bearerClaims struct {
	raw          string
	subject      string
	issued, ends time.Time
	fields       map[string]any
}

func (c *bearerClaims) text(name string) string {
	text, _ := c.fields[name].(string)
	return text
}

func newBearer(cfg *Config, http *endpoints) *bearer {
	b := &bearer{cfg: &cfg.Bearer, now: cfg.Now, issuers: map[string]*trusted{}}
	for _, alg := range cfg.Bearer.SigningAlgs {
		b.algs = append(b.algs, jose.SignatureAlgorithm(alg))
	}
	for _, issuer := range cfg.Bearer.Issuers {
		own := http.newAgingKeys(issuer.JWKSURL)
		config := oidc.Config{ClientID: issuer.Audience, SupportedSigningAlgs: cfg.Bearer.SigningAlgs, Now: cfg.Now}
		t := &trusted{BearerIssuer: issuer, tokens: oidc.NewVerifier(issuer.Issuer, own, &config)}
		if issuer.UserInfoURL != "" {
			all := keySets{own}
			for _, address := range cfg.UserInfoJWKSURLs {
				all = append(all, http.newAgingKeys(address))
			}
			info := config
			info.SkipClientIDCheck, info.SkipIssuerCheck, info.SkipExpiryCheck = true, true, true
			t.userInfo = &userInfoSource{address: issuer.UserInfoURL, verifier: oidc.NewVerifier(issuer.Issuer, all, &info),
				issuers: []string{issuer.Issuer}, audience: issuer.Audience}
		}
		b.issuers[issuer.Issuer] = t
	}
	return b
}

// verify checks signature, alg, iss, aud, exp, nbf and iat, and that the token is an access token and no other.
func (b *bearer) verify(ctx context.Context, raw string) (*trusted, *bearerClaims, error) {
	from, err := b.issuerOf(raw)
	if err != nil {
		return nil, nil, err
	}
	token, err := verify(ctx, from.tokens, raw)
	if err != nil {
		return nil, nil, err
	}
	claims := &bearerClaims{raw: raw, subject: token.Subject, issued: token.IssuedAt, ends: token.Expiry}
	if err := token.Claims(&claims.fields); err != nil {
		return nil, nil, fmt.Errorf("claims: %w", err)
	}
	latest := b.now().Add(clockSkew)
	switch {
	case claims.subject == "":
		return nil, nil, errors.New("no sub")
	case claims.issued.IsZero() || claims.issued.After(latest):
		return nil, nil, errors.New("no iat, or one in the future")
	}
	if notBefore, ok := claims.fields["nbf"].(float64); ok && time.Unix(int64(notBefore), 0).After(latest) {
		return nil, nil, errors.New("not yet valid")
	}
	return from, claims, claims.requireAccessToken()
}

// issuerOf finds whose token it claims to be, before anything of it is believed.
func (b *bearer) issuerOf(raw string) (*trusted, error) {
	if len(raw) > bearerLimit {
		return nil, errors.New("too long")
	}
	jws, err := jose.ParseSignedCompact(raw, b.algs)
	if err != nil {
		return nil, errors.New("not a JWT with an accepted algorithm")
	}
	// RFC 9068 says at+jwt, Keycloak JWT, and e-Signet states none.
	if typ, stated := jws.Signatures[0].Header.ExtraHeaders[jose.HeaderType]; stated {
		text, _ := typ.(string)
		if !slices.Contains([]string{"at+jwt", "application/at+jwt", "jwt"}, strings.ToLower(text)) {
			return nil, errors.New("typ is not an access token's")
		}
	}
	var claims struct{ Iss string }
	if err := json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &claims); err != nil {
		return nil, errors.New("claims are not a JSON object")
	}
	from := b.issuers[claims.Iss]
	if from == nil {
		return nil, errors.New("issuer is not trusted")
	}
	return from, nil
}

// requireAccessToken refuses the issuer's other tokens, which are signed with the same keys and, at e-Signet, have
// the same audience: id tokens, logout tokens, and what Keycloak says of itself in a claim typ.
func (c *bearerClaims) requireAccessToken() error {
	for _, name := range []string{"nonce", "at_hash", "c_hash", "events"} {
		if _, found := c.fields[name]; found {
			return fmt.Errorf("claim %s: not an access token", name)
		}
	}
	if typ, found := c.fields["typ"]; found && typ != "Bearer" {
		return errors.New("claim typ: not an access token")
	}
	if _, bound := c.fields["cnf"]; bound {
		return errors.New("bound to a key, which is not shown")
	}
	return nil
}
