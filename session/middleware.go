package session

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// lookupDeadline bounds what a slow Redis can cost a request.
const lookupDeadline = 3 * time.Second

// Middleware puts the caller's session into the request's context and counts the request as activity. It refuses
// nobody: FromContext, Ended and Unavailable say who asks. A cookie that opens no session is taken back.
func (m *Manager) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, present := m.cookies.read(r, m.cookies.session)
		if !present {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r.WithContext(withPresence(r.Context(), m.recognise(w, r, value))))
	})
}

func (m *Manager) recognise(w http.ResponseWriter, r *http.Request, value string) presence {
	ctx, cancel := context.WithTimeout(r.Context(), lookupDeadline)
	defer cancel()
	s, err := m.Load(ctx, value)
	if err == nil {
		s, err = m.slide(ctx, s)
	}
	switch {
	case err == nil:
		return presence{session: s}
	case errors.Is(err, ErrNoSession):
		m.cookies.expire(w, m.cookies.session)
		return presence{ended: true}
	default:
		m.log.ErrorContext(ctx, "session store unavailable", "error", err)
		return presence{unavailable: true}
	}
}
