package session_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/session"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutToken is a good one about sid, before change.
func (o *op) logoutToken(change ...func(claims)) claims {
	now := time.Now().Unix()
	c := claims{"iss": o.url, "aud": clientID, "iat": now, "exp": now + 120, "jti": uuid.NewString(), "sid": "sid-1", "sub": subject,
		"events": map[string]any{logoutEvent: map[string]any{}}}
	for _, f := range change {
		f(c)
	}
	return c
}

func sendLogout(m *session.Manager, token string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	m.Routes(mux)
	request := httptest.NewRequest(http.MethodPost, "/auth/backchannel-logout", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, request)
	return recorder
}

// twoSessions are of one resident, with sid-1 and sid-2 at the provider.
func twoSessions(t *testing.T) (a *app, o *op, first, second *browser) {
	t.Helper()
	o = startOP(t)
	o.discovery = func(c claims) { c["backchannel_logout_supported"] = true }
	a = newApp(t, o.url)
	first, second = newBrowser(t), newBrowser(t)
	o.idToken = set("sid", "sid-1")
	first.get(a.SignInURL("/", ""))
	o.idToken = set("sid", "sid-2")
	second.get(a.SignInURL("/", ""))
	if !first.whoami(a).SignedIn || !second.whoami(a).SignedIn {
		t.Fatalf("not signed in\n%s", a.log)
	}
	return a, o, first, second
}

func TestBackchannelLogout(t *testing.T) {
	for name, c := range map[string]struct {
		change        []func(claims)
		first, second bool // signed in afterwards
	}{
		"by sid":             {[]func(claims){without("sub")}, false, true},
		"by sid and sub":     {nil, false, true},
		"by sub":             {[]func(claims){without("sid")}, false, false},
		"of another sid":     {[]func(claims){set("sid", "sid-9")}, true, true},
		"of another subject": {[]func(claims){without("sid"), set("sub", "1111")}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, o, first, second := twoSessions(t)
			other := a.another(t)
			run(t, other)
			over := other.Watch(t.Context(), first.whoami(a).ID)
			answer := sendLogout(other, o.sign(o.logoutToken(c.change...)))
			if answer.Code != http.StatusOK || answer.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("answered %d %s\n%s", answer.Code, answer.Header(), a.log)
			}
			if first.whoami(a).SignedIn != c.first || second.whoami(a).SignedIn != c.second {
				t.Errorf("signed in: %v, %v", first.whoami(a).SignedIn, second.whoami(a).SignedIn)
			}
			if !c.first {
				closedWithin(t, over, pushed)
			}
			if dump := a.redis.Dump(); strings.Contains(dump, "sid-1") || strings.Contains(dump, subject) {
				t.Errorf("Redis holds the provider's names: %s", dump)
			}
		})
	}
}

func TestBackchannelLogoutRefused(t *testing.T) {
	a, o, first, second := twoSessions(t)
	sign := func(change ...func(claims)) string { return o.sign(o.logoutToken(change...)) }
	for name, token := range map[string]string{
		"nothing":                   "",
		"garbage":                   "garbage",
		"alg none":                  unsigned(o.logoutToken()),
		"HS256 with the public key": withPublicKeyAsSecret(o.logoutToken()),
		"another's key":             signWith(newECKey(), jose.ES256, "ec-1", o.logoutToken()),
		"claims changed":            o.tampered(o.logoutToken()),
		"other issuer":              sign(set("iss", "https://other.example")),
		"other audience":            sign(set("aud", "other-client")),
		"expired":                   sign(set("exp", in(-time.Second))),
		"no exp":                    sign(without("exp")),
		"no iat":                    sign(without("iat")),
		"from the future":           sign(set("iat", in(time.Hour))),
		"no jti":                    sign(without("jti")),
		"no event":                  sign(without("events")),
		"other event":               sign(set("events", map[string]any{"x": map[string]any{}})),
		"with a nonce":              sign(set("nonce", "n")),
		"about nobody":              sign(without("sid"), without("sub")),
		"an id token":               o.issued[2],
		"too long":                  sign(set("padding", strings.Repeat("a", 40_000))),
	} {
		t.Run(name, func(t *testing.T) {
			answer := sendLogout(a.Manager, token)
			if answer.Code != http.StatusBadRequest || answer.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("answered %d %s", answer.Code, answer.Header())
			}
		})
	}
	if !first.whoami(a).SignedIn || !second.whoami(a).SignedIn {
		t.Error("a session ended")
	}
}

func TestBackchannelLogoutOnce(t *testing.T) {
	a, o, first, _ := twoSessions(t)
	token := o.sign(o.logoutToken())
	if answer := sendLogout(a.Manager, token); answer.Code != http.StatusOK {
		t.Fatalf("answered %d\n%s", answer.Code, a.log)
	}
	o.idToken = set("sid", "sid-1") // the provider's session goes on, and so does ours, anew
	first.get(a.SignInURL("/", ""))
	if answer := sendLogout(a.another(t), token); answer.Code != http.StatusBadRequest {
		t.Errorf("a replay is answered with %d", answer.Code)
	}
	if !first.whoami(a).SignedIn {
		t.Error("a replay ended a session")
	}
}

// TestBackchannelLogoutAgain lets the provider repeat what could not be done.
func TestBackchannelLogoutAgain(t *testing.T) {
	a, o, first, _ := twoSessions(t)
	token := o.sign(o.logoutToken())
	trouble := &failing{command: "zrange"} // after the jti was noted
	a.client.AddHook(trouble)
	if answer := sendLogout(a.Manager, token); answer.Code != http.StatusBadRequest || trouble.failed != 1 {
		t.Errorf("answered %d after %d failures", answer.Code, trouble.failed)
	}
	trouble.command = ""
	if answer := sendLogout(a.Manager, token); answer.Code != http.StatusOK || first.whoami(a).SignedIn {
		t.Errorf("answered %d", answer.Code)
	}
}

// failing is a Redis that does not answer one command.
type failing struct {
	command string
	failed  int
}

func (f *failing) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *failing) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == f.command {
			f.failed++
			cmd.SetErr(io.ErrUnexpectedEOF)
			return io.ErrUnexpectedEOF
		}
		return next(ctx, cmd)
	}
}

func (f *failing) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestBackchannelLogoutNotOffered(t *testing.T) {
	a, _, o := signedIn(t)
	if answer := sendLogout(a.Manager, o.sign(o.logoutToken())); answer.Code != http.StatusBadRequest {
		t.Errorf("answered %d", answer.Code)
	}
	if len(a.redis.Keys()) != 2 {
		t.Errorf("Redis holds %q: nobody will ask for more than the session and its owner", a.redis.Keys())
	}
}

func TestSignOut(t *testing.T) {
	for everywhere, left := range map[bool]bool{false: true, true: false} {
		a, first, _ := signedIn(t)
		second := newBrowser(t)
		second.get(a.SignInURL("/", ""))
		var told []string
		a.config.OnLogout = func(_ context.Context, s *session.Session) { told = append(told, s.UIN) }
		replica := a.another(t)
		s := mustLoad(t, a, first)
		target, err := replica.SignOut(t.Context(), s, everywhere)
		if err != nil || target != "/" {
			t.Errorf("%q, %v", target, err)
		}
		if first.whoami(a).SignedIn || second.whoami(a).SignedIn != left {
			t.Errorf("everywhere %v: %v, %v", everywhere, first.whoami(a), second.whoami(a))
		}
		if len(told) != 1 || told[0] != uin {
			t.Errorf("told %q", told)
		}
		if _, err := replica.SignOut(t.Context(), s, everywhere); err != nil {
			t.Errorf("a second time: %v", err)
		}
	}
}
