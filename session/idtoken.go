package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// clockSkew is how far e-Signet's clock may run ahead of ours.
const clockSkew = time.Minute

// proof is what verified tokens say.
type proof struct {
	subject, acr    string
	sid             string // the provider's own session, for a logout that it announces
	authenticatedAt time.Time
	scopes          []string
	accessExpiry    time.Time
}

func (m *Manager) verifyTokens(ctx context.Context, md *metadata, tokens *oauth2.Token, nonce string) (*proof, error) {
	if !strings.EqualFold(tokens.TokenType, "Bearer") {
		return nil, errors.New("access token is not a bearer token")
	}
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return nil, errors.New("no id token")
	}
	p, err := m.verifyIDToken(ctx, md.idTokens, raw, tokens.AccessToken, nonce)
	if err != nil {
		return nil, fmt.Errorf("id token: %w", err)
	}
	if err := m.verifyAccessToken(ctx, md.accessTokens, tokens, p); err != nil {
		return nil, fmt.Errorf("access token: %w", err)
	}
	return p, nil
}

// verifyIDToken does OIDC Core 3.1.3.7. The library checks signature, alg, iss, aud and exp; the rest is ours.
func (m *Manager) verifyIDToken(ctx context.Context, verifier *oidc.IDTokenVerifier, raw, access, nonce string) (*proof, error) {
	token, err := verify(ctx, verifier, raw)
	if err != nil {
		return nil, err
	}
	var claims struct {
		AZP      string `json:"azp"`
		ACR      string `json:"acr"`
		SID      string `json:"sid"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	if err := m.checkIssuedAt(token.IssuedAt); err != nil {
		return nil, err
	}
	switch {
	case token.Subject == "":
		return nil, errors.New("no sub")
	case token.Nonce != nonce:
		return nil, errors.New("nonce differs")
	case claims.AZP != "" && claims.AZP != m.cfg.ClientID:
		return nil, errors.New("azp is another client")
	case len(token.Audience) > 1 && claims.AZP == "":
		return nil, errors.New("several audiences and no azp")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return nil, err
		}
	}
	p := &proof{subject: token.Subject, acr: claims.ACR, sid: claims.SID}
	if claims.AuthTime > 0 { // iat says nothing: a provider that remembers the resident issues tokens without asking
		p.authenticatedAt = time.Unix(claims.AuthTime, 0)
	}
	return p, nil
}

func (m *Manager) checkIssuedAt(iat time.Time) error {
	if iat.IsZero() {
		return errors.New("no iat")
	}
	if iat.After(m.now().Add(clockSkew)) {
		return errors.New("iat in the future")
	}
	return nil
}

// verifyAccessToken takes scopes and expiry from e-Signet's JWT (RFC 9068 in spirit: it states no typ). A provider
// whose access token is not a JWT, or one without scopes, says them in the token response; e-Signet says none there.
func (m *Manager) verifyAccessToken(ctx context.Context, verifier *oidc.IDTokenVerifier, tokens *oauth2.Token, p *proof) error {
	scope, _ := tokens.Extra("scope").(string)
	if strings.Count(tokens.AccessToken, ".") != 2 {
		p.scopes, p.accessExpiry = m.permitted(scope), tokens.Expiry
		return nil
	}
	token, err := verify(ctx, verifier, tokens.AccessToken)
	if err != nil {
		return err
	}
	var claims struct {
		AZP      string  `json:"azp"`
		ClientID string  `json:"client_id"`
		Scope    *string `json:"scope"`
	}
	if err := token.Claims(&claims); err != nil {
		return fmt.Errorf("claims: %w", err)
	}
	if err := m.checkIssuedAt(token.IssuedAt); err != nil {
		return err
	}
	us := m.cfg.ClientID
	switch {
	case claims.AZP != "" && claims.AZP != us, claims.ClientID != "" && claims.ClientID != us:
		return errors.New("issued to another client")
	case claims.AZP == "" && claims.ClientID == "" && !slices.Contains(token.Audience, us):
		return errors.New("issued for another audience")
	case token.Subject != p.subject:
		return errors.New("sub differs from the id token's")
	}
	if claims.Scope != nil {
		scope = *claims.Scope
	}
	p.scopes, p.accessExpiry = m.permitted(scope), token.Expiry
	return nil
}

// permitted keeps the consent scopes that we asked for; the standard ones say nothing about what is allowed here.
func (m *Manager) permitted(scope string) []string {
	standard := []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess}
	var kept []string
	for _, s := range strings.Fields(scope) {
		if !slices.Contains(standard, s) && slices.Contains(m.cfg.Scopes, s) {
			kept = append(kept, s)
		}
	}
	return kept
}
