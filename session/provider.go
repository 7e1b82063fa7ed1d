package session

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

const (
	discoveryLife     = time.Hour
	discoveryPause    = 30 * time.Second // before asking again an e-Signet that was known and does not answer
	discoveryDeadline = 10 * time.Second
	discoveryTries    = 3
)

// provider discovers e-Signet when it is first needed and now and then anew. What it once knew stays good while
// e-Signet does not answer.
type provider struct {
	cfg    *Config
	http   *endpoints
	flight singleflight.Group

	mu    sync.Mutex
	known *metadata
	until time.Time
}

// metadata is what discovery says, ready for use.
type metadata struct {
	endpoint    oauth2.Endpoint
	userInfo    *userInfoSource
	push        string // pushed authorization requests (RFC 9126)
	pushOnly    bool
	endSession  string // RP-initiated logout
	backchannel bool   // back-channel logout

	idTokens, accessTokens *oidc.IDTokenVerifier
}

func newProvider(cfg *Config) *provider {
	return &provider{cfg: cfg, http: newEndpoints(cfg.HTTPClient)}
}

// metadata returns what is known of e-Signet, asking it when needed; one question at a time.
func (p *provider) metadata(ctx context.Context) (*metadata, error) {
	known, fresh := p.current()
	if fresh {
		return known, nil
	}
	done := p.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discoveryDeadline)
		defer cancel()
		return p.discover(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		if result.Err == nil {
			return result.Val.(*metadata), nil
		}
		if known != nil {
			p.keep(known, discoveryPause)
			return known, nil
		}
		return nil, result.Err
	}
}

func (p *provider) current() (known *metadata, fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known, p.known != nil && time.Now().Before(p.until)
}

func (p *provider) keep(md *metadata, life time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.until = md, time.Now().Add(life)
}

func (p *provider) discover(ctx context.Context) (*metadata, error) {
	var found *oidc.Provider
	var err error
	for try := range discoveryTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Duration(try) * 100 * time.Millisecond):
			}
		}
		if found, err = oidc.NewProvider(p.http.context(ctx), p.cfg.Issuer); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("discover e-Signet: %w", err)
	}
	md, err := p.read(found)
	if err != nil {
		return nil, err
	}
	p.keep(md, discoveryLife)
	return md, nil
}

func (p *provider) read(found *oidc.Provider) (*metadata, error) {
	var extra struct {
		JWKS        string `json:"jwks_uri"`
		Push        string `json:"pushed_authorization_request_endpoint"`
		PushOnly    bool   `json:"require_pushed_authorization_requests"`
		EndSession  string `json:"end_session_endpoint"`
		Backchannel bool   `json:"backchannel_logout_supported"`
	}
	if err := found.Claims(&extra); err != nil {
		return nil, fmt.Errorf("read discovery: %w", err)
	}
	endpoint := found.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // client_id beside the assertion, and no guessing
	needed := []string{endpoint.AuthURL, endpoint.TokenURL, found.UserInfoEndpoint(), extra.JWKS}
	for _, optional := range []string{extra.Push, extra.EndSession} {
		if optional != "" {
			needed = append(needed, optional)
		}
	}
	for _, address := range needed {
		if err := requireHTTPS(address); err != nil {
			return nil, fmt.Errorf("discovered endpoint: %w", err)
		}
	}
	md := &metadata{
		endpoint: endpoint, push: extra.Push, pushOnly: extra.PushOnly,
		endSession: extra.EndSession, backchannel: extra.Backchannel,
	}
	p.verifiers(md, extra.JWKS, found.UserInfoEndpoint())
	return md, nil
}

func (p *provider) verifiers(md *metadata, jwks, userInfo string) {
	own := p.http.newRemoteKeys(jwks, 0)
	all := keySets{own}
	for _, address := range p.cfg.UserInfoJWKSURLs {
		all = append(all, p.http.newRemoteKeys(address, 0))
	}
	config := oidc.Config{ClientID: p.cfg.ClientID, SupportedSigningAlgs: p.cfg.SigningAlgs, Now: p.cfg.Now}
	md.idTokens = oidc.NewVerifier(p.cfg.TokenIssuer, own, &config)

	access := config
	access.SkipClientIDCheck = true // audience or authorised party, see verifyAccessToken
	md.accessTokens = oidc.NewVerifier(p.cfg.TokenIssuer, own, &access)

	info := access
	info.SkipIssuerCheck, info.SkipExpiryCheck = true, true
	md.userInfo = &userInfoSource{
		address: userInfo, verifier: oidc.NewVerifier(p.cfg.TokenIssuer, all, &info),
		issuers: []string{p.cfg.Issuer, p.cfg.TokenIssuer}, audience: p.cfg.ClientID,
	}
}
