package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// lookupDeadline bounds what a slow Redis or provider can cost a request.
const lookupDeadline = 3 * time.Second

// Middleware puts the caller into the request's context and counts the request as a session's activity. A cookie
// refuses nobody: FromContext, Ended and Unavailable say who asks, and one that opens no session is taken back, unless the
// browser has just signed in anew and the answer would take the new one. A
// bearer token that is not good is answered with 401, one that could not be checked with 503, and a bearer token
// beside a session cookie with 400, each as a GraphQL error with a code.
func (m *Manager) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, cookie := m.cookies.read(r, m.cookies.session)
		authorization, token := bearerOf(r)
		switch {
		case token && cookie:
			refuseCredentials(w, r, ErrTwoCredentials)
		case token:
			m.serveBearer(w, r, next, authorization)
		case cookie:
			next.ServeHTTP(w, r.WithContext(withPresence(r.Context(), m.recognise(w, r, value))))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// bearerOf returns the Authorization header where it is about a token. DPoP is one that we cannot check; what other
// schemes say is for a proxy in front of us.
func bearerOf(r *http.Request) (authorization string, present bool) {
	for _, value := range r.Header.Values("Authorization") {
		scheme, _, _ := strings.Cut(value, " ")
		if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "DPoP") {
			if present { // which of two would be meant?
				return "", true
			}
			authorization, present = value, true
		}
	}
	return authorization, present
}

func (m *Manager) serveBearer(w http.ResponseWriter, r *http.Request, next http.Handler, authorization string) {
	ctx, err := m.Authenticate(r.Context(), authorization)
	if err != nil {
		m.log.WarnContext(r.Context(), "bearer token refused", "cause", err)
		refuseCredentials(w, r, err)
		return
	}
	next.ServeHTTP(w, r.WithContext(ctx))
}

// refuseCredentials answers as GraphQL over HTTP does, with a code of the schema's ErrorCode.
func refuseCredentials(w http.ResponseWriter, r *http.Request, err error) {
	status, code, message := http.StatusUnauthorized, "UNAUTHENTICATED", "The bearer token is not good."
	switch {
	case errors.Is(err, ErrTwoCredentials):
		status, code, message = http.StatusBadRequest, "INVALID", "Send a session cookie or a bearer token, not both."
	case errors.Is(err, ErrBearerUnavailable):
		status, code, message = http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE", "The bearer token cannot be checked at the moment."
		w.Header().Set("Retry-After", "5")
	default:
		w.Header().Set("WWW-Authenticate", `Bearer realm="resident-graph", error="invalid_token"`)
	}
	private(w)
	mediaType := "application/json; charset=utf-8"
	if strings.Contains(r.Header.Get("Accept"), "application/graphql-response+json") {
		mediaType = "application/graphql-response+json; charset=utf-8"
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // a caller who has gone needs no answer
		"errors": []any{map[string]any{"message": message, "extensions": map[string]string{"code": code}}},
	})
}

func (m *Manager) recognise(w http.ResponseWriter, r *http.Request, value string) presence {
	ctx, cancel := context.WithTimeout(r.Context(), lookupDeadline)
	defer cancel()
	s, err := m.present(ctx, value)
	switch {
	case err == nil:
		return presence{session: s}
	case errors.Is(err, ErrNoSession):
		if !m.store.replaced(ctx, value) {
			m.cookies.expire(w, m.cookies.session)
		}
		return presence{ended: true}
	default:
		m.log.ErrorContext(ctx, "session store unavailable", "error", err)
		return presence{unavailable: true}
	}
}

// present loads the session of a request, has its provider vouch for it again where that is due, and counts the
// request as activity.
func (m *Manager) present(ctx context.Context, cookieValue string) (*Session, error) {
	rec, err := m.load(ctx, cookieValue)
	if err != nil {
		return nil, err
	}
	if err := m.refresh(ctx, rec); err != nil {
		return nil, err
	}
	return m.slide(ctx, &rec.Session)
}
