package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
)

// signedIn is an app with a browser that is signed in through an honest provider.
func signedIn(t *testing.T, options ...option) (*app, *browser, *op) {
	t.Helper()
	o := startOP(t)
	a, b := newApp(t, o.url, options...), newBrowser(t)
	if end := b.get(a.SignInURL("/", "")); end.status != 200 || b.cookie(a, "session") == "" {
		t.Fatalf("not signed in: %d %s\n%s", end.status, end.body, a.log)
	}
	return a, b, o
}

func TestAuthorizationRequest(t *testing.T) {
	o := startOP(t)
	a, b := newApp(t, o.url, func(c *session.Config) { c.ACRValues = []string{"x:high", "x:low"} }), newBrowser(t)
	b.header.Set("Accept-Language", "ar, fr;q=0.5, en;q=0.1, de;q=0.05")
	b.get(a.SignInURL("/", ""))
	first := o.authorize
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "redirect_uri": a.url + "/auth/callback",
		"code_challenge_method": "S256", "ui_locales": "ar fr en", "acr_values": "x:high x:low",
		"scope": "openid profile Manage-Identity-Data Manage-VID Manage-Authentication Manage-Service-Requests Manage-Credentials",
		"claims": `{"userinfo":{"name":{"essential":true},"picture":{"essential":true},"email":{"essential":true},` +
			`"phone_number":{"essential":true},"individual_id":{"essential":true}}}`,
	} {
		if got := first.Get(name); got != want {
			t.Errorf("%s = %q", name, got)
		}
	}
	if first.Has("prompt") {
		t.Errorf("an ordinary login has prompt %q", first.Get("prompt"))
	}
	b.get(a.StepUpURL("/", ""))
	if o.authorize.Get("prompt") != "login" {
		t.Errorf("a step-up has prompt %q", o.authorize.Get("prompt"))
	}
	b.get(a.SignInURL("/", "x:high") + "&lang=fr")
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(first.Get(name)) < 43 || first.Get(name) == o.authorize.Get(name) {
			t.Errorf("%s is short or repeated: %q", name, first.Get(name))
		}
	}
	if o.authorize.Get("ui_locales") != "fr" || o.authorize.Get("acr_values") != "x:high" {
		t.Errorf("locale %q, acr %q", o.authorize.Get("ui_locales"), o.authorize.Get("acr_values"))
	}
	b.header.Set("Accept-Language", "zz-ZZ, fr;q=0.5, !, ar")
	b.get(a.SignInURL("/", ""))
	if got := o.authorize.Get("ui_locales"); got != "ar fr" {
		t.Errorf("beside languages that are not known: %q", got)
	}
	b.header.Set("Accept-Language", "ar, fr;q=0.5, en;q=0.1")
	b.get(a.url + "/auth/login?acr=made:up&lang=%3Cscript%3E")
	if o.authorize.Get("acr_values") != "x:high x:low" || o.authorize.Get("ui_locales") != "ar fr en" {
		t.Errorf("made-up values are passed on: %v", o.authorize)
	}
}

func TestCallbackOnce(t *testing.T) {
	o := startOP(t)
	a, b := newApp(t, o.url), newBrowser(t).withoutRedirects()
	toProvider := b.get(a.SignInURL("/", ""))
	login := b.cookie(a, "login")
	callback := b.get(toProvider.header.Get("Location")).header.Get("Location")

	stranger := newBrowser(t)
	refused(t, a, stranger, stranger.get(callback), session.CodeExpired, 400)

	if end := b.get(callback); end.status != 303 || end.header.Get("Location") != "/" {
		t.Fatalf("the callback ended with %d", end.status)
	}
	if b.cookie(a, "login") != "" {
		t.Error("the login cookie is kept")
	}
	again := newBrowser(t)
	again.header.Set("Cookie", "login="+login)
	refused(t, a, again, again.get(callback), session.CodeExpired, 400)
}

func TestLoginExpires(t *testing.T) {
	o := startOP(t)
	a, b := newApp(t, o.url), newBrowser(t).withoutRedirects()
	callback := b.get(b.get(a.SignInURL("/", "")).header.Get("Location")).header.Get("Location")
	a.redis.FastForward(10*time.Minute + time.Second)
	refused(t, a, b, b.get(callback), session.CodeExpired, 400)
}

func TestReturnPath(t *testing.T) {
	a := newApp(t, "https://esignet.example")
	for path, want := range map[string]string{
		"/": "/", "/vids?x=1#top": "/vids?x=1#top", "/a//b": "/a//b", "/é": "/é",
		"": "/", "vids": "/", "//evil.example": "/", "/\\evil.example": "/", "\\\\evil.example": "/", "/a\\b": "/",
		"https://evil.example": "/", "javascript:alert(1)": "/", "/\t/evil.example": "/", "/a\r\nSet-Cookie: x=y": "/",
		"/\x00": "/", "/auth/logout": "/", " /a": "/", "/" + strings.Repeat("a", 2048): "/", "/%zz": "/",
	} {
		signIn, err := url.Parse(a.SignInURL(path, ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := signIn.Query().Get("return"); got != want {
			t.Errorf("%q becomes %q", path, got)
		}
	}
	o := startOP(t)
	a, b := newApp(t, o.url), newBrowser(t)
	if end := b.get(a.url + "/auth/login?return=" + url.QueryEscape("//evil.example/")); end.url.String() != a.url+"/" {
		t.Errorf("ended at %s", end.url)
	}
}

func TestCookies(t *testing.T) {
	o := startOP(t)
	handler := &late{}
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	a := startApp(t, server.URL, handler, o.url)
	b := newBrowser(t).withoutRedirects()
	b.http.Transport = recorder{server.Client().Transport, b}
	start := b.get(a.SignInURL("/", ""))
	end := b.get(b.get(start.header.Get("Location")).header.Get("Location"))
	for name, header := range map[string]http.Header{"__Host-login": start.header, "__Host-session": end.header} {
		var found bool
		for _, line := range header["Set-Cookie"] {
			if strings.HasPrefix(line, name+"=") && !strings.Contains(line, "Max-Age=0") {
				found = true
				for _, attribute := range []string{"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
					if !strings.Contains(line, attribute) {
						t.Errorf("%s lacks %s", name, attribute)
					}
				}
				if strings.Contains(line, "Domain") {
					t.Errorf("%s has a domain", name)
				}
			}
		}
		if !found {
			t.Errorf("%s is not set: %q", name, header["Set-Cookie"])
		}
	}
	value := b.cookie(a, "__Host-session")
	planted := newBrowser(t)
	planted.http.Transport = b.http.Transport
	for _, cookie := range []string{"session=" + value, "__Host-session=" + value + "; __Host-session=" + value} {
		planted.header.Set("Cookie", cookie)
		if planted.whoami(a).SignedIn {
			t.Error("a planted cookie signs in")
		}
	}
}

func TestNoTokenReachesTheBrowser(t *testing.T) {
	a, b, o := signedIn(t)
	b.whoami(a)
	b.get(a.url + "/auth/logout")
	for _, secret := range append(o.issued[1:], o.assertions...) { // the code comes through the browser
		if strings.Contains(b.seen.String(), secret) || strings.Contains(a.redis.Dump(), secret) || strings.Contains(a.log.String(), secret) {
			t.Errorf("found %.20s...", secret)
		}
	}
	if len(o.issued) != 3 || len(o.assertions) != 1 {
		t.Errorf("issued %d, assertions %d", len(o.issued), len(o.assertions))
	}
}

func TestBadCookie(t *testing.T) {
	a, b, _ := signedIn(t)
	good := b.cookie(a, "session")
	for name, cookie := range map[string]string{
		"empty": "", "short": "abc", "not base64": strings.Repeat("!", 86), "unknown id": strings.Repeat("A", 43) + good[43:],
		"other key": good[:44] + strings.Repeat("A", 42), "longer": good + "A",
	} {
		t.Run(name, func(t *testing.T) {
			if cookie != "" {
				if _, err := a.Load(t.Context(), cookie); !errors.Is(err, session.ErrNoSession) {
					t.Errorf("Load: %v", err)
				}
			}
			other := newBrowser(t)
			other.header.Set("Cookie", "session="+cookie)
			answer := other.get(a.url + "/")
			if !strings.Contains(answer.body, `"Ended":true`) || !strings.Contains(answer.header.Get("Set-Cookie"), "session=; Path=/; Max-Age=0") {
				t.Errorf("%s, %q", answer.body, answer.header["Set-Cookie"])
			}
		})
	}
	if !b.whoami(a).SignedIn {
		t.Error("guessing ended the session")
	}
	if who := newBrowser(t).whoami(a); who.SignedIn || who.Ended {
		t.Errorf("without a cookie: %+v", who)
	}
}

func TestSessionIsNotBoundToTheUserAgent(t *testing.T) {
	a, b, _ := signedIn(t)
	b.header.Set("User-Agent", "another")
	if !b.whoami(a).SignedIn {
		t.Error("an updated browser is signed out")
	}
}

func TestIdle(t *testing.T) {
	a, b, _ := signedIn(t)
	for range 3 {
		a.redis.FastForward(10 * time.Minute)
		if !b.whoami(a).SignedIn {
			t.Fatal("activity does not count")
		}
	}
	a.redis.FastForward(15*time.Minute + time.Second)
	if who := b.whoami(a); who.SignedIn || !who.Ended {
		t.Errorf("after the idle time: %+v", who)
	}
}

func TestAbsolute(t *testing.T) {
	a, b, _ := signedIn(t)
	for range 5 {
		a.redis.FastForward(10 * time.Minute)
		b.whoami(a)
	}
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	if s.IdleAt.After(s.ExpiresAt) {
		t.Error("idle time reaches beyond the absolute end")
	}
	a.config.Now = func() time.Time { return time.Now().Add(time.Hour + time.Second) }
	if _, err := a.another(t).Load(t.Context(), b.cookie(a, "session")); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("after the absolute end: %v", err)
	}
}

func TestBusyPageWritesNothing(t *testing.T) {
	a, b, _ := signedIn(t)
	key := "session:{" + b.whoami(a).ID + "}"
	a.redis.FastForward(time.Minute)
	for range 20 {
		b.whoami(a)
	}
	if left := a.redis.TTL(key); left != 14*time.Minute {
		t.Errorf("after a minute: %v", left)
	}
	a.redis.FastForward(time.Minute)
	b.whoami(a)
	if left := a.redis.TTL(key); left < 14*time.Minute+59*time.Second {
		t.Errorf("after two: %v", left)
	}
}

func TestExtend(t *testing.T) {
	a, b, _ := signedIn(t)
	a.redis.FastForward(14 * time.Minute)
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	extended, err := a.Extend(t.Context(), s)
	if err != nil || extended.IdleAt.Sub(s.IdleAt) < 13*time.Minute {
		t.Errorf("from %v to %v, %v", s.IdleAt, extended.IdleAt, err)
	}
	if err := a.End(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Extend(t.Context(), s); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("an ended session is extended: %v", err)
	}
	if b.whoami(a).SignedIn {
		t.Error("an ended session came back")
	}
}

func TestPictureAbsent(t *testing.T) {
	a, b, o := signedIn(t)
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Picture(t.Context(), s); !errors.Is(err, session.ErrNoPicture) {
		t.Errorf("Picture: %v", err)
	}
	for _, picture := range []string{"https://pictures.example/1.jpg", "data:image/svg+xml;base64,PHN2Zz4=", "data:image/png;base64,!!", "x"} {
		o.info = set("picture", picture)
		b.get(a.SignInURL("/", ""))
		if s, err := a.Load(t.Context(), b.cookie(a, "session")); err != nil || s.HasPicture {
			t.Errorf("%s: %v", picture, err)
		}
	}
}

func TestProviderDown(t *testing.T) {
	o := startOP(t)
	o.down = true
	a, b := newApp(t, o.url), newBrowser(t)
	end := b.get(a.SignInURL("/", ""))
	refused(t, a, b, end, session.CodeProviderUnavailable, 503)
	if end.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	o.down = false
	if end := b.get(a.SignInURL("/", "")); end.status != 200 || !b.whoami(a).SignedIn {
		t.Fatalf("it does not recover: %d %s", end.status, end.body)
	}
	o.down = true
	if !b.whoami(a).SignedIn {
		t.Error("an existing session ended with the provider")
	}
}

func TestRedisDown(t *testing.T) {
	a, b, _ := signedIn(t)
	a.redis.SetError("LOADING")
	who := b.whoami(a)
	if who.SignedIn || who.Ended || !who.Unavailable || b.cookie(a, "session") == "" {
		t.Errorf("while Redis is away: %+v", who)
	}
	if end := b.get(a.url + "/auth/logout"); end.status != 503 || b.cookie(a, "session") == "" {
		t.Errorf("logout says %d", end.status)
	}
	if end := newBrowser(t).get(a.SignInURL("/", "")); end.status != 503 {
		t.Errorf("login says %d", end.status)
	}
	a.redis.SetError("")
	if !b.whoami(a).SignedIn {
		t.Error("the session is lost")
	}
}

// What another tab sent with the cookie of before may be answered after the login: that must not take the new one away.
func TestALateAnswerLeavesTheNewLoginAlone(t *testing.T) {
	for name, before := range map[string]func(*app, string){
		"stepped up": func(*app, string) {},
		"was over": func(a *app, id string) {
			if err := a.End(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, _ := signedIn(t)
			old := b.cookie(a, "session")
			before(a, b.whoami(a).ID)
			b.http.Jar.SetCookies(mustParse(t, a.url), []*http.Cookie{{Name: "session", Value: old}})
			b.get(a.StepUpURL("/", ""))
			late := newBrowser(t)
			late.header.Set("Cookie", "session="+old)
			if answer := late.get(a.url + "/who"); !strings.Contains(answer.body, `"Ended":true`) || answer.header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %q", answer.body, answer.header["Set-Cookie"])
			}
			if !b.whoami(a).SignedIn {
				t.Error("the new login is over")
			}
			a.redis.FastForward(10 * time.Minute)
			if answer := late.get(a.url + "/who"); !strings.Contains(answer.header.Get("Set-Cookie"), "Max-Age=0") {
				t.Errorf("a cookie that was left behind is not taken back: %q", answer.header["Set-Cookie"])
			}
		})
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The window that began last is the one that signs in, whichever comes back first.
func TestTwoWindowsSignIn(t *testing.T) {
	o := startOP(t)
	a, b := newApp(t, o.url), newBrowser(t).withoutRedirects()
	first, second := b.get(a.SignInURL("/", "")), b.get(a.SignInURL("/second", ""))
	end := b.get(b.get(first.header.Get("Location")).header.Get("Location"))
	refused(t, a, b, end, session.CodeState, 400)
	end = b.get(b.get(second.header.Get("Location")).header.Get("Location"))
	if end.status != 303 || end.header.Get("Location") != "/second" || !b.whoami(a).SignedIn {
		t.Errorf("the second window ends with %d at %q\n%s", end.status, end.header.Get("Location"), a.log)
	}
}
