package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	refreshEarly    = 30 * time.Second // before the access token's end, at most; a tenth of its life if that is shorter
	refreshDeadline = 10 * time.Second // for the token endpoint
	refreshLock     = 20 * time.Second // longer than a holder can take
	refreshPause    = 30 * time.Second // after a refresh that failed
	refreshPoll     = 25 * time.Millisecond
)

// errRefreshRefused means that the refresh token is no longer good, not that something is wrong with us or the provider.
var errRefreshRefused = errors.New("refresh token refused")

// grant is what a provider gave to have a session confirmed: the access token itself is of no use after login and
// is not kept. e-Signet gives none, and its sessions live on their own clocks alone.
type grant struct {
	RefreshToken string
	Subject      string
	Due          time.Time // when to refresh; zero for never, since the provider does not say how long its token is good
}

// newGrant is nil when there is no refresh token.
func (m *Manager) newGrant(tokens *oauth2.Token, subject string) *grant {
	if tokens.RefreshToken == "" {
		return nil
	}
	g := &grant{RefreshToken: tokens.RefreshToken, Subject: subject}
	if !tokens.Expiry.IsZero() {
		life := time.Until(tokens.Expiry) // by the clock that the library set it with
		g.Due = m.now().Add(life - min(refreshEarly, life/10))
	}
	return g
}

func (m *Manager) isDue(moment time.Time) bool {
	return !moment.IsZero() && !m.now().Before(moment)
}

// refresh asks the provider for new tokens when the access token has ended or is about to. However many requests come,
// one of them asks, on one replica; the others wait for it, as long as ctx lets them, and go on. ErrNoSession
// when the provider says no: the session has then been ended. A provider that cannot be reached ends nothing.
func (m *Manager) refresh(ctx context.Context, rec *record) error {
	s := &rec.Session
	if !rec.Refreshable || !m.isDue(s.AccessTokenExpiresAt.Add(-refreshEarly)) {
		return nil // the first access token is good for a while: nothing to look up
	}
	done := m.refreshes.DoChan(s.ID, func() (any, error) {
		// A browser that leaves must not lose the refresh token that replaces the one in use.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshLock)
		defer cancel()
		return nil, m.refreshOnce(ctx, s.ticket)
	})
	select {
	case <-ctx.Done():
		return nil
	case result := <-done:
		if errors.Is(result.Err, ErrNoSession) {
			return ErrNoSession
		}
		if result.Err != nil {
			m.log.WarnContext(ctx, "tokens not refreshed", "error", result.Err)
		}
		return nil
	}
}

// refreshOnce refreshes, or waits until another replica has.
func (m *Manager) refreshOnce(ctx context.Context, t ticket) error {
	poll := time.NewTicker(refreshPoll)
	defer poll.Stop()
	for {
		g, err := m.store.grant(ctx, t)
		if err != nil || g == nil || !m.isDue(g.Due) {
			return err
		}
		lock, state, err := m.store.lockRefresh(ctx, t.hash())
		if err != nil || state == refreshPaused {
			return err
		}
		if state == refreshHeld {
			return m.refreshLocked(ctx, t, lock)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
		}
	}
}

// refreshLocked runs under the lock. What the provider gave is stored before the lock is released.
func (m *Manager) refreshLocked(ctx context.Context, t ticket, lock string) error {
	g, err := m.store.grant(ctx, t) // another replica may have been here since
	if err == nil && g != nil && m.isDue(g.Due) {
		err = m.replace(ctx, t, g)
	}
	if err != nil && !errors.Is(err, ErrNoSession) {
		return errors.Join(err, m.store.pauseRefresh(ctx, t.hash(), lock, refreshPause))
	}
	return errors.Join(err, m.store.unlockRefresh(ctx, t.hash(), lock))
}

func (m *Manager) replace(ctx context.Context, t ticket, g *grant) error {
	md, err := m.provider.metadata(ctx)
	if err != nil {
		return err
	}
	tokens, err := m.redeemRefreshToken(ctx, md, g.RefreshToken)
	if errors.Is(err, errRefreshRefused) {
		m.log.InfoContext(ctx, "the provider no longer confirms a session", "session", t.hash())
		return errors.Join(ErrNoSession, m.End(ctx, t.hash()))
	}
	if err != nil {
		return err
	}
	if tokens.RefreshToken == "" { // it does not rotate
		tokens.RefreshToken = g.RefreshToken
	}
	if err := m.store.replaceGrant(ctx, t, m.newGrant(tokens, g.Subject)); err != nil {
		return err
	}
	if err := m.checkRenewed(ctx, md, tokens, g.Subject); err != nil && !unanswered(err) {
		m.log.ErrorContext(ctx, "refreshed id token refused", "session", t.hash(), "error", err)
		return errors.Join(ErrNoSession, m.End(ctx, t.hash()))
	}
	return nil
}

// redeemRefreshToken makes a refresh grant (RFC 6749 §6) with private_key_jwt. A try without an answer is not
// repeated: a provider that rotates would take the second for theft.
func (m *Manager) redeemRefreshToken(ctx context.Context, md *metadata, refreshToken string) (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshDeadline)
	defer cancel()
	form, err := m.client.credentials(md.endpoint.TokenURL)
	if err != nil {
		return nil, err
	}
	form.Set("grant_type", "refresh_token")
	form.Set("refresh_token", refreshToken)
	form.Del("client_id")                // the library sends it
	request := clientcredentials.Config{ // its only grant that takes further parameters
		ClientID: m.cfg.ClientID, TokenURL: md.endpoint.TokenURL, AuthStyle: oauth2.AuthStyleInParams, EndpointParams: form,
	}
	tokens, err := request.Token(m.provider.http.context(ctx))
	var refusal *oauth2.RetrieveError
	switch {
	case !errors.As(err, &refusal):
		return tokens, err
	case refusal.ErrorCode == "invalid_grant" && refusal.Response.StatusCode < http.StatusInternalServerError:
		return nil, errRefreshRefused
	}
	return nil, unexpectedStatus(refusal.Response.StatusCode) // the library's own error quotes the answer
}

// checkRenewed does OIDC Core 12.2: a new id token, where there is one, is about the same resident.
func (m *Manager) checkRenewed(ctx context.Context, md *metadata, tokens *oauth2.Token, subject string) error {
	raw, _ := tokens.Extra("id_token").(string)
	if raw == "" {
		return nil
	}
	token, err := verify(ctx, md.idTokens, raw)
	if err != nil {
		return err
	}
	if token.Subject != subject {
		return errors.New("sub differs from the login's")
	}
	return m.checkIssuedAt(token.IssuedAt)
}
