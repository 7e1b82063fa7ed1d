package session_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
)

// refresher makes the provider issue refresh tokens with access tokens that last a minute of the app's clock, which is
// moved.
type refresher struct {
	*op
	ahead  atomic.Int64 // nanoseconds by which the app's clock is
	mu     sync.Mutex
	used   []string
	status int    // of the next refreshes, when not 0
	code   string // of a refusal
	during func() // run while a refresh is at the provider
	rotate bool
	forge  func(claims)
}

func startRefresher(t *testing.T) *refresher {
	t.Helper()
	r := &refresher{op: startOP(t), rotate: true}
	r.tokens = func(response claims) { response["refresh_token"], response["expires_in"] = "refresh-0", 60 }
	r.access = set("exp", in(time.Minute))
	r.token = func(w http.ResponseWriter, request *http.Request) bool {
		if request.PostFormValue("grant_type") != "refresh_token" {
			return false
		}
		r.refresh(w, request)
		return true
	}
	return r
}

func (r *refresher) refresh(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used = append(r.used, request.PostFormValue("refresh_token"))
	if r.during != nil {
		r.during()
	}
	if r.status != 0 {
		writeJSON(w, r.status, claims{"error": r.code, "error_description": "about " + uin})
		return
	}
	answer := claims{"access_token": "opaque", "token_type": "Bearer", "expires_in": 3600}
	if r.rotate {
		answer["refresh_token"] = "refresh-" + string(rune('0'+len(r.used)))
	}
	if r.forge != nil {
		now := time.Now().Unix()
		id := claims{"iss": r.url, "sub": subject, "aud": clientID, "iat": now, "exp": now + 3600}
		r.forge(id)
		answer["id_token"] = r.sign(id)
	}
	writeJSON(w, http.StatusOK, answer)
}

func (r *refresher) uses() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.used...)
}

// signedIn is an app whose resident's access token has ended.
func (r *refresher) signedIn(t *testing.T, options ...option) (*app, *browser) {
	t.Helper()
	clock := func(c *session.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }
	}
	a, b := newApp(t, r.url, append([]option{clock}, options...)...), newBrowser(t)
	if end := b.get(a.SignInURL("/auth-is-not-asked", "")); end.status != 200 || b.cookie(a, "session") == "" {
		t.Fatalf("not signed in: %d %s\n%s", end.status, end.body, a.log)
	}
	if n := len(r.uses()); n != 0 {
		t.Fatalf("%d refreshes before the end", n)
	}
	r.ahead.Store(int64(2 * time.Minute))
	return a, b
}

func TestRefreshOnce(t *testing.T) {
	t.Parallel()
	r := startRefresher(t)
	a, b := r.signedIn(t)
	r.during = func() { time.Sleep(200 * time.Millisecond) }
	cookie := "session=" + b.cookie(a, "session")
	replicas := []http.Handler{a.handler(a.Manager), a.handler(a.another(t))}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if who := whoIs(t, replicas[i%2], cookie); !who.SignedIn {
				t.Errorf("%+v", who)
			}
		})
	}
	all.Wait()
	if used := r.uses(); len(used) != 1 || used[0] != "refresh-0" {
		t.Errorf("used %q", used)
	}
	for _, secret := range []string{"refresh-0", "refresh-1", "opaque"} {
		if strings.Contains(a.redis.Dump(), secret) || strings.Contains(a.log.String(), secret) || strings.Contains(b.seen.String(), secret) {
			t.Errorf("%s lies open", secret)
		}
	}
}

// TestRefreshRotates uses each refresh token once, and the only one again where the provider gives no other.
func TestRefreshRotates(t *testing.T) {
	t.Parallel()
	for rotate, want := range map[bool]string{true: "refresh-0 refresh-1 refresh-2", false: "refresh-0 refresh-0 refresh-0"} {
		r := startRefresher(t)
		r.rotate = rotate
		now := time.Now()
		a, b := r.signedIn(t, func(c *session.Config) { c.Now = func() time.Time { return now }; c.Absolute = 12 * time.Hour })
		now = now.Add(2 * time.Minute)
		for range 3 {
			b.whoami(a)
			b.whoami(a)
			now = now.Add(time.Hour)
		}
		if got := strings.Join(r.uses(), " "); got != want {
			t.Errorf("used %q\n%s", got, a.log)
		}
	}
}

func TestRefreshRefused(t *testing.T) {
	t.Parallel()
	r := startRefresher(t)
	a, b := r.signedIn(t)
	run(t, a.Manager)
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	over := a.Watch(t.Context(), s.ID)
	r.status, r.code = http.StatusBadRequest, "invalid_grant"
	if who := b.whoami(a); who.SignedIn || !who.Ended {
		t.Errorf("who = %+v", who)
	}
	closedWithin(t, over, pushed)
	if dump := a.redis.Dump(); strings.Contains(dump, s.ID+"}") {
		t.Errorf("Redis keeps a part: %s", dump)
	}
	if strings.Contains(a.log.String(), uin) {
		t.Error("the log repeats the provider's answer")
	}
}

// TestRefreshFails is no end: the session has clocks of its own, and the provider is left in peace for a while.
func TestRefreshFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(r *refresher){
		"provider fails":          func(r *refresher) { r.status, r.code = 500, "server_error" },
		"provider is away":        func(r *refresher) { r.down = true },
		"client is misconfigured": func(r *refresher) { r.status, r.code = 401, "invalid_client" },
		"refused with 500":        func(r *refresher) { r.status, r.code = 500, "invalid_grant" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRefresher(t)
			a, b := r.signedIn(t)
			fail(r)
			for range 5 {
				if !b.whoami(a).SignedIn {
					t.Fatal("the session ended")
				}
			}
			if n := strings.Count(a.log.String(), "tokens not refreshed"); n != 1 {
				t.Errorf("tried %d times", n)
			}
			if strings.Contains(a.log.String(), uin) {
				t.Error("the log repeats the provider's answer")
			}
			r.mu.Lock()
			r.status, r.down = 0, false
			r.mu.Unlock()
			a.redis.FastForward(31 * time.Second)
			before := len(r.uses())
			if !b.whoami(a).SignedIn || len(r.uses()) != before+1 {
				t.Errorf("not tried again: %q", r.uses())
			}
		})
	}
}

func TestRefreshedIDToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(claims)
		ended bool
	}{
		"right":           {func(claims) {}, false},
		"other subject":   {set("sub", "1111"), true},
		"other issuer":    {set("iss", "https://other.example"), true},
		"other audience":  {set("aud", "other-client"), true},
		"from the future": {set("iat", in(time.Hour)), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRefresher(t)
			r.forge = c.forge
			a, b := r.signedIn(t)
			if who := b.whoami(a); who.Ended != c.ended {
				t.Errorf("who = %+v\n%s", who, a.log)
			}
		})
	}
}

// TestRefreshAfterTheEnd must not bring a session back.
func TestRefreshAfterTheEnd(t *testing.T) {
	t.Parallel()
	r := startRefresher(t)
	a, b := r.signedIn(t)
	id := mustLoad(t, a, b).ID
	r.during = func() {
		if err := a.End(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if who := whoIs(t, a.handler(a.Manager), "session="+b.cookie(a, "session")); who.SignedIn || len(r.uses()) != 1 {
		t.Errorf("who = %+v after %d refreshes", who, len(r.uses()))
	}
	if dump := a.redis.Dump(); strings.Contains(dump, id) && !strings.Contains(dump, "sessions:") {
		t.Errorf("Redis holds %s", dump)
	}
	for _, key := range a.redis.Keys() {
		if strings.Contains(key, id) {
			t.Errorf("Redis holds %s", key)
		}
	}
}

func TestGrantLivesAsLongAsItsSession(t *testing.T) {
	t.Parallel()
	r := startRefresher(t)
	a, b := r.signedIn(t)
	grant := "session:{" + mustLoad(t, a, b).ID + "}:grant"
	for range 3 {
		a.redis.FastForward(10 * time.Minute)
		if !b.whoami(a).SignedIn || !a.redis.Exists(grant) {
			t.Fatalf("kept: %q", a.redis.Keys())
		}
	}
	a.redis.FastForward(15*time.Minute + time.Second)
	if a.redis.Exists(grant) {
		t.Error("a refresh token outlives its session")
	}
}
