package session

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// bearerDeadline bounds UserInfo and ID Repository together; who waits less gets errLookup.
const bearerDeadline = 10 * time.Second

// errLookup means that UserInfo, ID Repository or Redis did not say who a resident's token stands for.
var errLookup = errors.New("resident not looked up")

// residentOf is the session-like identity behind a resident's token. It is remembered in Redis for some seconds, sealed
// with a key made of the token, so that only who holds the token can have it opened.
func (m *Manager) residentOf(ctx context.Context, from *trusted, claims *bearerClaims) (*Session, error) {
	t, err := m.bearerTicket(claims.raw)
	if err != nil {
		return nil, err
	}
	if s := m.store.remembered(ctx, t); s != nil {
		return s, nil
	}
	done := m.lookups.DoChan(t.hash(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bearerDeadline)
		defer cancel()
		return m.lookUp(ctx, from, claims, t)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", errLookup, ctx.Err())
	case result := <-done:
		if result.Err != nil {
			return nil, result.Err
		}
		s := *result.Val.(*Session) // each request has its own
		return &s, nil
	}
}

func (m *Manager) lookUp(ctx context.Context, from *trusted, claims *bearerClaims, t ticket) (*Session, error) {
	individualID, name := claims.text("individual_id"), claims.text("name")
	if individualID == "" {
		info, err := m.userInfo(ctx, from.userInfo, claims.raw, claims.subject)
		if err != nil {
			return nil, err
		}
		individualID, name = info.individualID, info.name
	}
	if individualID == "" {
		return nil, errors.New("no individual_id")
	}
	uin, kind, err := m.cfg.Resolve(ctx, individualID)
	switch {
	case errors.Is(err, ErrUnknownIndividual):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: resolve individual id: %w", errLookup, err)
	}
	acr := claims.text("acr")
	s := &Session{
		ID: t.hash(), TokenID: m.cfg.TokenID(uin), UIN: uin, IndividualID: individualID, IDKind: kind, Name: name,
		Scopes: m.permitted(claims.text("scope")), ACR: acr, LoginMode: loginMode(acr),
		AuthenticatedAt: claims.authenticatedAt(from.IssuedAtLogin), CreatedAt: claims.issued,
		ExpiresAt: claims.ends, IdleAt: claims.ends, AccessTokenExpiresAt: claims.ends,
	}
	if err := m.store.remember(ctx, t, s, min(m.cfg.Bearer.Remember, claims.ends.Sub(m.now()))); err != nil {
		m.log.WarnContext(ctx, "resident of a bearer token not remembered", "error", err)
	}
	return s, nil
}

// authenticatedAt is when the resident signed in, the zero time when the token does not say.
func (c *bearerClaims) authenticatedAt(issuedAtLogin bool) time.Time {
	if authTime, ok := c.fields["auth_time"].(float64); ok && authTime > 0 {
		return time.Unix(int64(authTime), 0)
	}
	if issuedAtLogin {
		return c.issued
	}
	return time.Time{}
}

// bearerTicket is made of the token, so that the token itself opens what it finds.
func (m *Manager) bearerTicket(raw string) (t ticket, err error) {
	both, err := hkdf.Key(sha256.New, []byte(raw), m.cfg.Secret, "session bearer", len(t.id)+len(t.key))
	if err != nil {
		return t, fmt.Errorf("session: derive key: %w", err)
	}
	copy(t.id[:], both)
	copy(t.key[:], both[len(t.id):])
	return t, nil
}

func bearerKey(hash string) string { return "bearer:{" + hash + "}" }

// remembered returns nil when nothing is known, also when Redis is away: asking again is always right.
func (s *store) remembered(ctx context.Context, t ticket) *Session {
	name := bearerKey(t.hash())
	sealed, err := s.redis.Get(ctx, name).Bytes()
	if err != nil {
		return nil
	}
	plain, err := t.open(name, sealed)
	if err != nil {
		return nil
	}
	known := new(Session)
	if err := json.Unmarshal(plain, known); err != nil {
		return nil
	}
	known.ID, known.IdleAt = t.hash(), known.ExpiresAt
	return known
}

func (s *store) remember(ctx context.Context, t ticket, known *Session, life time.Duration) error {
	if life < time.Millisecond {
		return nil
	}
	plain, err := json.Marshal(known)
	if err != nil {
		return fmt.Errorf("session: encode: %w", err)
	}
	name := bearerKey(t.hash())
	sealed, err := t.seal(name, plain)
	if err != nil {
		return err
	}
	if err := s.redis.Set(ctx, name, sealed, life).Err(); err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	return nil
}
