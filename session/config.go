package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/redis/go-redis/v9"
)

// Config is what a Manager needs. Fields without a stated default are required.
type Config struct {
	Issuer      string // e-Signet's issuer as its discovery document states it
	TokenIssuer string // `iss` inside tokens where it differs (e-Signet up to 1.7.x); default Issuer

	ClientID     string
	ClientKeyPEM string // PKCS#8 private key of the registered client: RSA signs PS256, EC P-256 signs ES256
	ClientKeyID  string // `kid` of the registered JWK; empty when it has none
	// AssertionAudience is `aud` of our client assertions; default the endpoint that is called, which every e-Signet
	// takes. Other providers may want their issuer there.
	AssertionAudience string
	DecryptionKeyPEM  string // PKCS#8 private key for UserInfo as JWE; optional

	SigningAlgs      []string // accepted from e-Signet; default PS256, RS256, ES256
	UserInfoJWKSURLs []string // key sets trusted for UserInfo besides e-Signet's own
	UserInfoJSON     bool     // accept UserInfo as unsigned application/json, as Keycloak gives it
	Scopes           []string // default openid, profile and MOSIP's five Manage-* scopes
	ACRValues        []string // asked for at login, in order of preference; default: e-Signet decides

	PublicURL string // origin the browser sees; the callback is PublicURL + /auth/callback
	Secret    []byte // 32 bytes; names in Redis are derived with it, so that they tell nothing
	Redis     redis.UniversalClient

	// Idle ends a session after this long without a request; default 15 minutes. MOSIP's own pages use 3,
	// too short for filling in an update with a screen reader; extendSession and the warning before it
	// serve those who need longer (WCAG 2.2, 2.2.1).
	Idle time.Duration
	// Absolute ends a session this long after login whatever happens; default 1 hour, the life of e-Signet's
	// access token.
	Absolute time.Duration

	Bearer BearerConfig // bearer tokens of apps, partners and staff; default none

	// Warning is how long before its end a session counts as expiring, see Changes; default 1 minute.
	Warning time.Duration

	// Resolve finds the UIN behind what was typed at e-Signet; ErrUnknownIndividual when there is none.
	Resolve func(ctx context.Context, individualID string) (uin string, kind Kind, err error)
	// TokenID derives the owner key of a UIN.
	TokenID func(uin string) string

	// OnLogin, OnLoginFailed and OnLogout are told what happened; optional. The session stands even if OnLogin
	// fails: the error is logged.
	OnLogin       func(ctx context.Context, s *Session) error
	OnLoginFailed func(ctx context.Context, code Code)
	OnLogout      func(ctx context.Context, s *Session)

	HTTPClient *http.Client     // for calls to e-Signet; default one with a deadline of 20 seconds
	Log        *slog.Logger     // default slog.Default()
	Now        func() time.Time // default time.Now
}

// ErrUnknownIndividual is what Resolve answers when ID Repository knows no such resident.
var ErrUnknownIndividual = errors.New("session: no such resident")

func (c *Config) setDefaults() {
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if c.TokenIssuer == "" {
		c.TokenIssuer = c.Issuer
	}
	if len(c.SigningAlgs) == 0 {
		c.SigningAlgs = []string{oidc.PS256, oidc.RS256, oidc.ES256}
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"openid", "profile", "Manage-Identity-Data", "Manage-VID",
			"Manage-Authentication", "Manage-Service-Requests", "Manage-Credentials"}
	}
	if c.Idle == 0 {
		c.Idle = 15 * time.Minute
	}
	if c.Absolute == 0 {
		c.Absolute = time.Hour
	}
	if c.Warning == 0 {
		c.Warning = time.Minute
	}
	c.Bearer.setDefaults()
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: 20 * time.Second}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
}

func (c *Config) validate() error {
	switch {
	case c.ClientID == "":
		return errors.New("session: ClientID is empty")
	case c.Redis == nil:
		return errors.New("session: Redis is missing")
	case c.Resolve == nil || c.TokenID == nil:
		return errors.New("session: Resolve and TokenID are needed")
	case len(c.Secret) < 32:
		return errors.New("session: Secret needs 32 bytes")
	case c.Idle < time.Second || c.Absolute < c.Idle:
		return errors.New("session: Idle must be a second or more and at most Absolute")
	}
	for _, alg := range c.SigningAlgs {
		if !asymmetric(alg) {
			return fmt.Errorf("session: signing algorithm %q is not an accepted one", alg)
		}
	}
	for _, u := range append([]string{c.Issuer, c.PublicURL}, c.UserInfoJWKSURLs...) {
		if err := requireHTTPS(u); err != nil {
			return err
		}
	}
	if u, _ := url.Parse(c.PublicURL); u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("session: PublicURL must be an origin, since a __Host- cookie covers a whole one")
	}
	return c.Bearer.validate()
}

// asymmetric tells whether alg may be configured: none and HS* would let anyone who knows the public key, or
// nothing at all, make a token.
func asymmetric(alg string) bool {
	switch alg {
	case oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA:
		return true
	}
	return false
}

// requireHTTPS refuses addresses over which a token could be read on its way; this machine is exempt.
func requireHTTPS(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("session: an absolute URL without credentials is needed")
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("session: %s must use https", u.Host)
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
