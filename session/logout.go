package session

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// logout ends the browser's session, here and, where it has a logout, at the provider. e-Signet has none.
func (m *Manager) logout(w http.ResponseWriter, r *http.Request) {
	private(w)
	err := requireNavigation(r)
	if err == nil {
		err = requireOwnPage(r)
	}
	if err != nil {
		m.explain(w, r, err)
		return
	}
	target := "/"
	value, present := m.cookies.read(r, m.cookies.session)
	rec, err := m.load(r.Context(), value)
	if err == nil {
		target, err = m.signOut(r.Context(), rec, false)
	}
	if err != nil && !errors.Is(err, ErrNoSession) { // saying "signed out" would be a lie
		m.explain(w, r, fail(CodeUnavailable, err))
		return
	}
	if present {
		m.cookies.expire(w, m.cookies.session)
	}
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // to the discovered provider or the start page
}

// SignOut ends s, or with everywhere every session of its resident, and returns where the browser should go: the
// provider's own logout where discovery offers one, which leads back to the start page, else the start page itself. The
// cookie is taken back by the next request. A bearer token is not ours to end: with one only everywhere does something.
// No error when the session is gone already.
func (m *Manager) SignOut(ctx context.Context, s *Session, everywhere bool) (redirectURL string, err error) {
	rec, _, err := m.store.load(ctx, s.ticket)
	switch {
	case errors.Is(err, ErrNoSession):
		rec = &record{Session: *s}
	case err != nil:
		return "", err
	default:
		rec.Session.ID, rec.Session.ticket = s.ID, s.ticket
	}
	return m.signOut(ctx, rec, everywhere)
}

func (m *Manager) signOut(ctx context.Context, rec *record, everywhere bool) (redirectURL string, err error) {
	s := &rec.Session
	if everywhere {
		if err := m.EndAll(ctx, s.TokenID); err != nil {
			return "", err
		}
	}
	if err := m.End(ctx, s.ID); err != nil {
		return "", err
	}
	if m.cfg.OnLogout != nil {
		m.cfg.OnLogout(ctx, s)
	}
	return m.afterLogout(ctx, rec), nil
}

// afterLogout is the start page, by way of the provider's own logout if it has one (OIDC RP-Initiated Logout 1.0).
func (m *Manager) afterLogout(ctx context.Context, rec *record) string {
	if rec.IDToken == "" {
		return "/"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	md, err := m.provider.metadata(ctx)
	if err != nil || md.endSession == "" {
		return "/"
	}
	target, err := url.Parse(md.endSession)
	if err != nil {
		return "/"
	}
	state := randomText() // comes back; nothing hangs on it, since there is no session to protect any more
	query := target.Query()
	query.Set("client_id", m.cfg.ClientID)
	query.Set("id_token_hint", rec.IDToken)
	query.Set("post_logout_redirect_uri", m.cfg.PublicURL+"/")
	query.Set("state", state)
	target.RawQuery = query.Encode()
	return target.String()
}
