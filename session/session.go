package session

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Kind says which of MOSIP's identifiers a resident typed at e-Signet.
type Kind string

// The identifiers with which a resident can sign in.
const (
	UIN Kind = "UIN"
	VID Kind = "VID"
	AID Kind = "AID"
)

// Session is a signed-in resident. It never leaves the server: the browser holds only the ticket that
// opens it, and everything that prints a Session prints its ID alone.
type Session struct {
	ID           string `json:"-"` // SHA-256 of the cookie's id, in hex: Redis key and name for End and Watch
	TokenID      string // owner of events, documents and history; 36 digits
	UIN          string
	IndividualID string // what was typed at e-Signet: a UIN, a VID or an AID
	IDKind       Kind
	Scopes       []string // the consented scopes among those asked for, such as Manage-VID
	ACR          string   // acr of the id token, a space-separated list
	LoginMode    string   // MOSIP's name of that acr (PWD, PIN, OTP, Wallet, L1-bio-device), else the acr itself
	Name         string
	HasPicture   bool
	PictureType  string // media type of Manager.Picture, empty without one

	AuthenticatedAt      time.Time // auth_time; zero when the provider does not say, which is not fresh
	CreatedAt            time.Time
	ExpiresAt            time.Time // absolute end, whatever the activity
	IdleAt               time.Time `json:"-"` // end unless there is activity before it
	AccessTokenExpiresAt time.Time // of the token that was used at login and is not kept; of a bearer token, its own end

	ticket ticket // opens the picture
}

// HasScope tells whether the resident consented to scope.
func (s *Session) HasScope(scope string) bool { return slices.Contains(s.Scopes, scope) }

// HasACR tells whether the login reached the authentication context acr.
func (s *Session) HasACR(acr string) bool { return slices.Contains(strings.Fields(s.ACR), acr) }

// LogValue keeps who the resident is out of logs.
func (s *Session) LogValue() slog.Value { return slog.StringValue(s.String()) }

// String is the session's ID, which names it and opens nothing.
func (s *Session) String() string {
	if s == nil {
		return "session(none)"
	}
	return "session(" + s.ID + ")"
}

type contextKey struct{}

// presence is what the middleware learnt about a request.
type presence struct {
	session     *Session
	caller      *Caller // of a bearer token
	ended       bool
	unavailable bool
}

func presenceOf(ctx context.Context) presence {
	p, _ := ctx.Value(contextKey{}).(presence)
	return p
}

func withPresence(ctx context.Context, p presence) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext returns the resident's session, nil when nobody is signed in.
func FromContext(ctx context.Context) *Session { return presenceOf(ctx).session }

// WithSession returns a context in which s is signed in.
func WithSession(ctx context.Context, s *Session) context.Context {
	return withPresence(ctx, presence{session: s})
}

// Ended tells that the request brought a session cookie that is no longer good.
func Ended(ctx context.Context) bool { return presenceOf(ctx).ended }

// Unavailable tells that the request brought a session cookie that could not be looked up, because Redis did
// not answer. The caller is treated as signed out and keeps the cookie.
func Unavailable(ctx context.Context) bool { return presenceOf(ctx).unavailable }
