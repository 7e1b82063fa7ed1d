package sessions_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/test/oidc/rp"
)

// idOf is the part of a cookie that finds a session; the rest opens it.
func idOf(t *testing.T, cookie string) []byte {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || len(raw) != 64 {
		t.Fatalf("the cookie has %d bytes, %v", len(raw), err)
	}
	return raw[:32]
}

func TestSES01NoTokenLeavesTheServer(t *testing.T) {
	var issued tokenTap
	p := startPair(t, issued.into)
	b := rp.NewBrowser(t)
	p.signIn(t, b)
	b.Who(p.other)
	issued.absent(t, 2, map[string]string{"the browser": b.Seen(), "Redis": stored(t, p.redis), "the log": p.Log()})
	if held := stored(t, p.redis); !strings.Contains(held, "session:{") {
		t.Errorf("Redis holds no session: %s", held)
	}
}

func TestSES02Cookies(t *testing.T) {
	l := rp.ListenTLS(t)
	p := startPairAt(t, l)
	b := rp.NewBrowserOver(t, l.Transport)
	p.signIn(t, b)
	for _, name := range []string{"__Host-login", "__Host-session"} {
		found := false
		for line := range strings.Lines(b.Seen()) {
			cookie, isCookie := strings.CutPrefix(strings.TrimSpace(line), "Set-Cookie: "+name+"=")
			if !isCookie || strings.Contains(cookie, "Max-Age=0") {
				continue
			}
			found = true
			for _, attribute := range []string{"Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
				if !strings.Contains(cookie, "; "+attribute) {
					t.Errorf("%s lacks %s", name, attribute)
				}
			}
			if strings.Contains(cookie, "Domain=") {
				t.Errorf("%s has a domain", name)
			}
		}
		if !found {
			t.Errorf("%s is never set", name)
		}
	}
}

func TestSES03Rotation(t *testing.T) {
	p := startPair(t)
	b := rp.NewBrowser(t)
	seen := map[string]bool{}
	for range 10 {
		before := b.Cookie(p.App, "session")
		p.signIn(t, b)
		cookie := b.Cookie(p.App, "session")
		id := idOf(t, cookie)
		if seen[string(id)] {
			t.Fatal("an id came twice")
		}
		seen[string(id)] = true
		if before != "" {
			if _, err := p.other.Load(t.Context(), before); !errors.Is(err, session.ErrNoSession) {
				t.Errorf("the session before the login still opens: %v", err)
			}
		}
		hash := sha256.Sum256(id)
		held := stored(t, p.redis)
		if !strings.Contains(held, "session:{"+hex.EncodeToString(hash[:])+"}") {
			t.Error("Redis does not know the session by its hash")
		}
		for _, plain := range []string{cookie[:43], cookie[43:], string(id), hex.EncodeToString(id)} {
			if strings.Contains(held, plain) {
				t.Error("Redis holds a part of the cookie")
			}
		}
	}
}

func TestSES05Expiry(t *testing.T) {
	times := func(c *session.Config) {
		c.Idle, c.Absolute, c.Warning = 12*time.Second, 20*time.Second, 5*time.Second
	}
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		p, b := startPair(t, times), rp.NewBrowser(t)
		p.signIn(t, b)
		s := p.session(t, b)
		changes := p.other.Changes(t.Context(), s)
		await(t, changes, session.StateExpiring, time.Minute)
		if !time.Now().Before(s.IdleAt) {
			t.Error("warned when it was too late")
		}
		await(t, changes, session.StateEnded, time.Minute)
		if late := time.Since(s.IdleAt); late > pushed || late < -100*time.Millisecond {
			t.Errorf("told %v after the end", late)
		}
		if who := b.Who(p.App); who.SignedIn || !who.Ended {
			t.Errorf("after the end: %+v", who)
		}
	})
	t.Run("absolute", func(t *testing.T) {
		t.Parallel()
		p, b := startPair(t, times), rp.NewBrowser(t)
		p.signIn(t, b)
		s := p.session(t, b)
		changes := p.other.Changes(t.Context(), s)
		over := p.other.Watch(t.Context(), s.ID)
		for time.Now().Before(s.ExpiresAt.Add(-5 * time.Second)) {
			if !b.Who(p.App).SignedIn {
				t.Fatal("ended while in use")
			}
			time.Sleep(200 * time.Millisecond)
		}
		extended := 0
		for change := range changes {
			if change.State == session.StateActive {
				extended++
			}
		}
		if late := time.Since(s.ExpiresAt); late > pushed || late < -100*time.Millisecond {
			t.Errorf("told %v after the end", late)
		}
		if extended == 0 {
			t.Log("a reader who came late found the newest change alone")
		}
		within(t, "Watch", pushed, over)
		if b.Who(p.other).SignedIn {
			t.Error("signed in beyond the absolute end")
		}
	})
}

func TestSES05Extension(t *testing.T) {
	p, b := startPair(t), rp.NewBrowser(t)
	p.signIn(t, b)
	s := p.session(t, b)
	changes := p.other.Changes(t.Context(), s)
	redis := connect(t, p.redis)
	time.Sleep(1500 * time.Millisecond) // the other replica has looked the session up
	if err := redis.PExpire(t.Context(), "session:{"+s.ID+"}", 30*time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	extended, err := p.Extend(t.Context(), p.session(t, b)) // as the resident's "stay signed in"
	if err != nil {
		t.Fatal(err)
	}
	if change := await(t, changes, session.StateActive, pushed); change.IdleAt.Sub(extended.IdleAt).Abs() > pushed {
		t.Errorf("told %v, extended to %v", change.IdleAt, extended.IdleAt)
	}
	if _, err := p.SignOut(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	await(t, changes, session.StateEnded, pushed)
	if _, open := <-changes; open {
		t.Error("told something after the end")
	}
}

func TestSES08Fixation(t *testing.T) {
	p, attacker, victim := startPair(t), rp.NewBrowser(t), rp.NewBrowser(t)
	p.signIn(t, attacker)
	address, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	planted := attacker.Cookie(p.App, "session")
	victim.HTTP.Jar.SetCookies(address, []*http.Cookie{{Name: "session", Value: planted, Path: "/"}})
	p.signIn(t, victim)
	if victim.Cookie(p.App, "session") == planted {
		t.Error("the planted cookie became the victim's")
	}
	if attacker.Who(p.other).SignedIn {
		t.Error("the session that was planted lives on")
	}

	t.Run("made-up id", func(t *testing.T) {
		b := rp.NewBrowser(t)
		made := strings.Repeat("A", 86)
		b.HTTP.Jar.SetCookies(address, []*http.Cookie{{Name: "session", Value: made, Path: "/"}})
		p.signIn(t, b)
		if b.Cookie(p.App, "session") == made {
			t.Error("the made-up cookie opens a session")
		}
	})
	t.Run("tossed from a sub-domain", func(t *testing.T) {
		b := rp.NewBrowser(t)
		p.signIn(t, b)
		b.Header.Set("Cookie", "session="+planted) // beside the one of the jar
		if who := b.Who(p.App); who.SignedIn || !who.Ended {
			t.Errorf("with two cookies: %+v", who)
		}
	})
	t.Run("login of the attacker", func(t *testing.T) {
		thief, b := rp.NewBrowser(t), rp.NewBrowser(t)
		login := thief.Get(p.SignInURL("/", ""))
		found := hidden.FindStringSubmatch(login.Body)
		answer := thief.Step(http.MethodPost, p.esignet.URL+"/authorize", url.Values{
			"transaction": {found[1]}, "individualId": {rp.UIN}, "otp": {"111111"}})
		end := b.Get(answer.Header.Get("Location")) // the victim follows the attacker's link
		if !strings.Contains(end.Body, string(session.CodeExpired)) || b.Who(p.App).SignedIn {
			t.Errorf("ended with %d: %s", end.Status, end.Body)
		}
	})
}

// TestSES10StolenCookie states the policy: a session is not bound to a user agent or an address, since both change in
// honest use and can be forged; what ends a stolen one is what ends its owner's.
func TestSES10StolenCookie(t *testing.T) {
	p, owner := startPair(t), rp.NewBrowser(t)
	p.signIn(t, owner)
	steal := func() *rp.Browser {
		thief := rp.NewBrowser(t)
		thief.Header.Set("User-Agent", "another")
		thief.Header.Set("Cookie", "session="+owner.Cookie(p.App, "session"))
		return thief
	}
	for name, end := range map[string]func(){
		"signing out": func() { owner.Get(p.URL + "/auth/logout") },
		"signing out everywhere, on another device": func() {
			device := rp.NewBrowser(t)
			p.signIn(t, device)
			if _, err := p.other.SignOut(t.Context(), p.session(t, device), true); err != nil {
				t.Fatal(err)
			}
		},
		"signing in again": func() { p.signIn(t, owner) },
	} {
		t.Run(name, func(t *testing.T) {
			p.signIn(t, owner)
			thief := steal()
			if !thief.Who(p.other).SignedIn {
				t.Fatal("the policy is another")
			}
			end()
			if thief.Who(p.App).SignedIn || thief.Who(p.other).SignedIn {
				t.Error("the stolen cookie lives on")
			}
		})
	}
}

func TestSES11ProviderDown(t *testing.T) {
	p, b := startPair(t), rp.NewBrowser(t)
	p.signIn(t, b)
	p.esignet.Close()
	if !b.Who(p.App).SignedIn || !b.Who(p.other).SignedIn {
		t.Error("the session ended with e-Signet")
	}
	for name, a := range map[string]*rp.App{"a replica that knows e-Signet": p.App, "one that never heard of it": p.other} {
		end := rp.NewBrowser(t).Get(a.URL + "/auth/login")
		if end.Status != http.StatusServiceUnavailable || !strings.Contains(end.Body, string(session.CodeProviderUnavailable)) {
			t.Errorf("%s: a login ends with %d: %s", name, end.Status, end.Body)
		}
	}
	if end := b.Get(p.URL + "/auth/logout"); end.Status != http.StatusOK || b.Who(p.other).SignedIn {
		t.Errorf("signing out ends with %d", end.Status)
	}
}
