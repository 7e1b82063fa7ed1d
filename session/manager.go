package session

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/singleflight"
)

// Manager signs residents in and out and keeps their sessions.
type Manager struct {
	cfg      Config
	log      *slog.Logger
	now      func() time.Time
	cookies  cookies
	store    *store
	client   *client
	provider *provider
	bearer   *bearer
	watchers *watchers

	refreshes singleflight.Group // by session ID
	lookups   singleflight.Group // by hash of a bearer token
}

// New checks the configuration and returns a Manager. It does not call e-Signet, which may be down: that is
// told to whoever signs in, while existing sessions live on.
func New(_ context.Context, cfg Config) (*Manager, error) {
	cfg.setDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	client, err := newClient(&cfg)
	if err != nil {
		return nil, err
	}
	store, err := newStore(cfg.Redis, cfg.Secret)
	if err != nil {
		return nil, err
	}
	m := &Manager{
		cfg:      cfg,
		log:      cfg.Log,
		now:      cfg.Now,
		cookies:  newCookies(cfg.PublicURL),
		store:    store,
		client:   client,
		provider: newProvider(&cfg),
		watchers: newWatchers(),
	}
	m.bearer = newBearer(&m.cfg, m.provider.http)
	return m, nil
}

// Routes adds sign-in and sign-out to mux:
//
//	GET  /auth/login?return=/path  starts a login; lang, acr and fresh=true are optional
//	GET  /auth/callback            ends it
//	GET  /auth/logout, POST        ends the session
//	POST /auth/backchannel-logout  ends what the provider ended (OIDC Back-Channel Logout 1.0)
func (m *Manager) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /auth/login", m.login)
	mux.HandleFunc("GET /auth/callback", m.callback)
	mux.HandleFunc("GET /auth/logout", m.logout)
	mux.HandleFunc("POST /auth/logout", m.logout)
	mux.HandleFunc("POST /auth/backchannel-logout", m.backchannelLogout)
}

// SignInURL is where a browser signs in and comes back to returnPath; acr asks for a stronger login than the
// default, empty for none.
func (m *Manager) SignInURL(returnPath, acr string) string {
	query := url.Values{"return": {safeReturn(returnPath)}}
	if acr != "" {
		query.Set("acr", acr)
	}
	return m.cfg.PublicURL + "/auth/login?" + query.Encode()
}

// StepUpURL is where a resident who is signed in proves anew who they are: the provider asks even if it remembers them.
// acr is the authentication context that is wanted, empty for any. Afterwards the new session's AuthenticatedAt is recent.
func (m *Manager) StepUpURL(returnPath, acr string) string {
	return m.SignInURL(returnPath, acr) + "&fresh=true"
}

// Load returns the session that a cookie value opens, without counting as activity. ErrNoSession when there
// is none; any other error means that Redis did not answer.
func (m *Manager) Load(ctx context.Context, cookieValue string) (*Session, error) {
	rec, err := m.load(ctx, cookieValue)
	if err != nil {
		return nil, err
	}
	return &rec.Session, nil
}

func (m *Manager) load(ctx context.Context, cookieValue string) (*record, error) {
	t, err := parseTicket(cookieValue)
	if err != nil {
		return nil, ErrNoSession
	}
	rec, left, err := m.store.load(ctx, t)
	if err != nil {
		return nil, err
	}
	now := m.now()
	if !now.Before(rec.Session.ExpiresAt) {
		return nil, ErrNoSession
	}
	rec.Session.ID, rec.Session.ticket = t.hash(), t
	rec.Session.IdleAt = earlier(now.Add(left), rec.Session.ExpiresAt)
	return rec, nil
}

// slide counts a request as activity. Redis is written only when a tenth of the idle time has passed, so that
// a busy page costs no write per request.
func (m *Manager) slide(ctx context.Context, s *Session) (*Session, error) {
	if s.IdleAt.Sub(m.now()) > m.cfg.Idle-m.cfg.Idle/10 || !s.IdleAt.Before(s.ExpiresAt) {
		return s, nil
	}
	return m.Extend(ctx, s)
}

// Extend starts the idle time of s anew and returns s with its new IdleAt. ErrNoSession when it ended meanwhile.
func (m *Manager) Extend(ctx context.Context, s *Session) (*Session, error) {
	now := m.now()
	extended := *s
	extended.IdleAt = earlier(now.Add(m.cfg.Idle), s.ExpiresAt)
	if !extended.IdleAt.After(now) {
		return nil, ErrNoSession
	}
	if err := m.store.touch(ctx, s.ID, extended.IdleAt.Sub(now)); err != nil {
		return nil, err
	}
	return &extended, nil
}

// Picture returns the photograph that came with the login and its media type. ErrNoPicture when there was none,
// ErrNoSession when the session ended.
func (m *Manager) Picture(ctx context.Context, s *Session) (data []byte, mediaType string, err error) {
	if !s.HasPicture {
		return nil, "", ErrNoPicture
	}
	data, err = m.store.picture(ctx, s.ticket)
	if err != nil {
		return nil, "", err
	}
	return data, s.PictureType, nil
}

// End ends one session everywhere: its requests, and its sockets on every replica. No error when it is gone already.
func (m *Manager) End(ctx context.Context, sessionID string) error {
	if err := m.store.end(ctx, sessionID); err != nil {
		return fmt.Errorf("session: end: %w", err)
	}
	m.watchers.end(sessionID)
	return nil
}

// EndAll ends every session of the resident with this token id. Bearer tokens end by themselves.
func (m *Manager) EndAll(ctx context.Context, tokenID string) error {
	return m.endMembers(ctx, m.store.ownerSet(tokenID))
}

func (m *Manager) endMembers(ctx context.Context, set string) error {
	ids, err := m.store.members(ctx, set)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := m.End(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
