package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// BearerConfig says whose bearer tokens are taken (RFC 6750). Without Issuers none is.
type BearerConfig struct {
	Issuers     []BearerIssuer
	Audience    string   // ours: `aud` must name it, letter for letter
	SigningAlgs []string // default PS256, RS256, ES256
	// Remember is how long it is kept, encrypted, which resident a token stands for, so that not each request asks
	// UserInfo and ID Repository; default 30 seconds, and never beyond the token's end.
	Remember time.Duration
}

// BearerIssuer is an issuer whose access tokens are JWTs (RFC 9068, or as Keycloak and e-Signet make them).
type BearerIssuer struct {
	Issuer   string // `iss`
	JWKSURL  string
	Audience string // where it is not BearerConfig.Audience: e-Signet's `aud` is the client id of the app

	// Kinds is for whom the issuer may speak. A token is an operator's, a resident's or a partner's by the first of
	// these rules that applies and is of an allowed kind:
	//
	//	OPERATOR  realm_access.roles contains OperatorRole
	//	RESIDENT  claim individual_id, else UserInfo asked at UserInfoURL with the token
	//	PARTNER   claim PartnerClaim is not empty
	Kinds        []CallerKind
	OperatorRole string
	PartnerClaim string // default partner_id; azp or client_id where each partner has a client of its own
	UserInfoURL  string // signed with a key of JWKSURL or of Config.UserInfoJWKSURLs

	// IssuedAtLogin says that the issuer has no refresh tokens, as e-Signet, so that `iat` is when the resident
	// signed in. Otherwise only `auth_time` counts, and a token without it is never fresh enough for a reveal.
	IssuedAtLogin bool
}

// Why a bearer token is refused.
var (
	ErrBearerInvalid     = errors.New("session: bearer token refused")
	ErrBearerUnavailable = errors.New("session: bearer token could not be checked")
	ErrTwoCredentials    = errors.New("session: more than one credential")
)

func (c *BearerConfig) setDefaults() {
	if len(c.SigningAlgs) == 0 {
		c.SigningAlgs = []string{oidc.PS256, oidc.RS256, oidc.ES256}
	}
	if c.Remember == 0 {
		c.Remember = 30 * time.Second
	}
	c.Issuers = slices.Clone(c.Issuers)
	for i := range c.Issuers {
		issuer := &c.Issuers[i]
		if issuer.Audience == "" {
			issuer.Audience = c.Audience
		}
		if issuer.PartnerClaim == "" {
			issuer.PartnerClaim = "partner_id"
		}
	}
}

func (c *BearerConfig) validate() error {
	for _, alg := range c.SigningAlgs {
		if !asymmetric(alg) {
			return fmt.Errorf("session: bearer: signing algorithm %q is not an accepted one", alg)
		}
	}
	seen := map[string]bool{}
	for _, issuer := range c.Issuers {
		switch {
		case issuer.Issuer == "" || seen[issuer.Issuer]:
			return errors.New("session: bearer: an issuer is empty or there twice")
		case issuer.Audience == "":
			return errors.New("session: bearer: an audience is needed")
		case len(issuer.Kinds) == 0:
			return errors.New("session: bearer: an issuer speaks for nobody")
		case slices.Contains(issuer.Kinds, CallerOperator) && issuer.OperatorRole == "":
			return errors.New("session: bearer: operators need a role")
		}
		seen[issuer.Issuer] = true
		if err := requireHTTPS(issuer.JWKSURL); err != nil {
			return err
		}
		if issuer.UserInfoURL != "" {
			if err := requireHTTPS(issuer.UserInfoURL); err != nil {
				return err
			}
		}
	}
	return nil
}
