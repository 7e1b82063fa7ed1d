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
	switch {
	case err == nil:
		if err := m.End(r.Context(), rec.Session.ID); err != nil {
			m.explain(w, r, fail(CodeUnavailable, err))
			return
		}
		if m.cfg.OnLogout != nil {
			m.cfg.OnLogout(r.Context(), &rec.Session)
		}
		target = m.afterLogout(r.Context(), rec)
	case !errors.Is(err, ErrNoSession): // saying "signed out" would be a lie
		m.explain(w, r, fail(CodeUnavailable, err))
		return
	}
	if present {
		m.cookies.expire(w, m.cookies.session)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
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
	query := target.Query()
	query.Set("client_id", m.cfg.ClientID)
	query.Set("id_token_hint", rec.IDToken)
	query.Set("post_logout_redirect_uri", m.cfg.PublicURL+"/")
	target.RawQuery = query.Encode()
	return target.String()
}
