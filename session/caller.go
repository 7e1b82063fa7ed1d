package session

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// CallerKind says as what a caller comes.
type CallerKind string

// The kinds of caller. A cookie stands for a resident; a bearer token for what its issuer may speak for.
const (
	CallerResident CallerKind = "RESIDENT"
	CallerPartner  CallerKind = "PARTNER"
	CallerOperator CallerKind = "OPERATOR"
)

// Caller is who a request comes from. Like a Session it never leaves the server.
type Caller struct {
	Kind      CallerKind
	Session   *Session  // of a RESIDENT, by cookie or bearer token; nil for the others
	PartnerID string    // of a PARTNER
	Roles     []string  // realm roles of an OPERATOR
	Bearer    bool      // came with a token instead of a cookie
	Issuer    string    // of the token; empty with a cookie
	Subject   string    // sub of the token; empty with a cookie
	Scopes    []string  // what a resident consented to, or all that a partner's or an operator's token says
	ExpiresAt time.Time // end of the token, or absolute end of the session
}

// HasScope tells whether the caller was granted scope.
func (c *Caller) HasScope(scope string) bool { return slices.Contains(c.Scopes, scope) }

// LogValue keeps who it is out of logs.
func (c *Caller) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String is the caller's kind.
func (c *Caller) String() string {
	if c == nil {
		return "caller(none)"
	}
	return "caller(" + string(c.Kind) + ")"
}

// CallerFrom returns who asks, nil for a visitor. A resident has a Session, which FromContext returns too.
func CallerFrom(ctx context.Context) *Caller {
	p := presenceOf(ctx)
	if p.caller == nil && p.session != nil {
		return &Caller{Kind: CallerResident, Session: p.session, Scopes: p.session.Scopes, ExpiresAt: p.session.ExpiresAt}
	}
	return p.caller
}

// WithCaller returns a context in which c asks.
func WithCaller(ctx context.Context, c *Caller) context.Context {
	return withPresence(ctx, presence{session: c.Session, caller: c})
}

// Over returns a channel that is closed when what the caller of ctx came with is no longer good: the session has
// ended, here or on another replica, or the bearer token has expired. Nil for a visitor. It stops with ctx; Run
// must be running.
func (m *Manager) Over(ctx context.Context) <-chan struct{} {
	c := CallerFrom(ctx)
	switch {
	case c == nil:
		return nil
	case !c.Bearer:
		return m.watch(ctx, c.Session.ID, c.Session.ExpiresAt)
	}
	over := make(chan struct{})
	timer := time.AfterFunc(c.ExpiresAt.Sub(m.now()), func() { close(over) })
	context.AfterFunc(ctx, func() { timer.Stop() })
	return over
}
