package session

import (
	"net/http"
	"strings"
	"time"
)

// cookies knows how our two cookies look. With https their names carry the __Host- prefix, which a browser
// accepts only with Secure, Path=/ and no Domain: a sub-domain cannot plant one. On http://localhost and
// http://127.0.0.1, where Secure cookies are not kept by every browser, the plain names are used.
type cookies struct {
	session, login string
	secure         bool
}

func newCookies(publicURL string) cookies {
	if strings.HasPrefix(publicURL, "http://") {
		return cookies{session: "session", login: "login"}
	}
	return cookies{session: "__Host-session", login: "__Host-login", secure: true}
}

// read returns the value of the one cookie called name. Two of them mean that someone else planted one.
func (c cookies) read(r *http.Request, name string) (value string, present bool) {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return "", len(found) > 0
	}
	return found[0].Value, true
}

// set gives the browser a cookie; a life of zero makes it last until the browser closes.
func (c cookies) set(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, c.cookie(name, value, int(life/time.Second)))
}

func (c cookies) expire(w http.ResponseWriter, name string) {
	http.SetCookie(w, c.cookie(name, "", -1))
}

func (c cookies) cookie(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever there is https, which only this machine may do without
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
