package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

const (
	logoutTokenLimit = 32 << 10
	logoutDeadline   = 10 * time.Second
)

// backchannelLogout ends the sessions that the provider says it has ended (OIDC Back-Channel Logout 1.0 §2.5): 200 when
// they are over, 400 when the logout token is not good or they could not be ended. Where discovery does not offer it,
// every token is refused.
func (m *Manager) backchannelLogout(w http.ResponseWriter, r *http.Request) {
	private(w)
	ctx, cancel := context.WithTimeout(r.Context(), logoutDeadline)
	defer cancel()
	r.Body = http.MaxBytesReader(w, r.Body, logoutTokenLimit)
	if err := m.followLogout(ctx, r.PostFormValue("logout_token")); err != nil {
		m.log.WarnContext(ctx, "back-channel logout refused", "cause", err)
		http.Error(w, "logout_token refused", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (m *Manager) followLogout(ctx context.Context, raw string) error {
	if raw == "" {
		return errors.New("no logout_token")
	}
	md, err := m.provider.metadata(ctx)
	if err != nil {
		return err
	}
	if !md.backchannel {
		return errors.New("the provider does not offer it")
	}
	token, err := md.idTokens.VerifyLogout(ctx, raw)
	if err != nil {
		return err
	}
	if err := m.checkIssuedAt(token.IssuedAt); err != nil {
		return err
	}
	set := m.store.subjectSet(token.Issuer, token.Subject)
	if token.SessionID != "" {
		set = m.store.sidSet(token.Issuer, token.SessionID)
	}
	if err := m.store.useLogout(ctx, token.Issuer, token.TokenID, token.Expiry.Sub(m.now())+clockSkew); err != nil {
		return err
	}
	if err := m.endMembers(ctx, set); err != nil {
		return errors.Join(err, m.store.forgetLogout(ctx, token.Issuer, token.TokenID)) // the provider may try again
	}
	return nil
}

func (s *store) logoutKey(issuer, jti string) string {
	return "logout:" + s.pseudonym("jti", issuer, jti)
}

// useLogout remembers a logout token as long as it is good: it counts once.
func (s *store) useLogout(ctx context.Context, issuer, jti string, life time.Duration) error {
	fresh, err := s.redis.SetNX(ctx, s.logoutKey(issuer, jti), "", life).Result()
	if err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	if !fresh {
		return errors.New("jti was used before")
	}
	return nil
}

func (s *store) forgetLogout(ctx context.Context, issuer, jti string) error {
	return s.redis.Del(ctx, s.logoutKey(issuer, jti)).Err()
}
