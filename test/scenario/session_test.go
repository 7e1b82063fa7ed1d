package scenario

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

const signOut = `mutation ($everywhere: Boolean!) { signOut(input: {everywhere: $everywhere}) { signOutUrl errors { code } } }`

func TestSigningOutEndsSocketsWithinASecond(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	here, there := s.SignIn(t, r.UIN), s.SignIn(t, r.UIN)
	after := map[string]any{"after": here.Settled()}
	socket, events, other := here.WebSocket(changesQuery, after), here.Events(changesQuery, after), there.WebSocket(changesQuery, after)
	start := time.Now()
	if got := harness.At(here.Must(signOut, map[string]any{"everywhere": false}), "signOut", "signOutUrl"); got != "/" {
		t.Errorf("signOutUrl is %v", got)
	}
	if code := socket.Ended(); code != 4401 {
		t.Errorf("the socket closed with %d, want 4401", code)
	}
	events.Ended()
	if took := time.Since(start); took > 10*time.Second { // the promise is one second; a look after 15 would find out too
		t.Errorf("it took %v", took)
	}
	if here.Do(`{ viewer { id } }`, nil).Code("viewer") != "UNAUTHENTICATED" {
		t.Error("signed out, and still signed in")
	}
	if harness.At(there.Must(`{ viewer { id } }`, nil), "viewer", "id") == nil {
		t.Error("signed out here, and there as well")
	}
	other.Quiet(100 * time.Millisecond)
	again := s.SignIn(t, r.UIN)
	again.Must(signOut, map[string]any{"everywhere": true})
	if code := other.Ended(); code != 4401 {
		t.Errorf("signed out everywhere: the other socket closed with %d, want 4401", code)
	}
	if there.Do(`{ viewer { id } }`, nil).Code("viewer") != "UNAUTHENTICATED" {
		t.Error("signed out everywhere, and there still signed in")
	}
}

func TestASessionTellsHowItStands(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "SESSION_IDLE=12s", "SESSION_MAX=1h")
	c := s.SignIn(t, resident(t, s).UIN)
	const changed = `subscription { sessionChanged { state idleAt expiresAt scopes } }`
	stream := c.Events(changed, nil)
	now := harness.At(stream.Next().Data, "sessionChanged")
	if state := harness.At(now, "state"); state != "EXPIRING" && state != "ACTIVE" {
		t.Errorf("the session now: %v", now)
	}
	if scopes, _ := harness.At(now, "scopes").([]any); len(scopes) != 5 {
		t.Errorf("the scopes are %v, want all five", scopes)
	}
	time.Sleep(2 * time.Second)
	extended := harness.At(c.Must(`mutation { extendSession { session { idleAt } errors { code } } }`, nil), "extendSession", "session", "idleAt").(string)
	if before, _ := harness.At(now, "idleAt").(string); extended <= before {
		t.Errorf("extended to %s, was %s", extended, before)
	}
	for {
		f := stream.Next()
		if harness.At(f.Data, "sessionChanged", "state") == "ENDED" || len(f.Errors) > 0 {
			break
		}
	}
	if c.Do(`{ viewer { id } }`, nil).Code("viewer") != "UNAUTHENTICATED" {
		t.Error("idle for longer than allowed, and still signed in")
	}
}

func TestAPartnerComesWithABearerToken(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	token := s.Token(t, "mpartner-default-health")
	ask := func(c *harness.Client, token, query string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", strings.NewReader(`{"query":"`+query+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		return c.Send(req)
	}
	visitor := s.Visitor(t)
	if status, body := ask(visitor, token, `{ partners(type: AUTH_PARTNER) { nodes { name } } session { state } }`); status != http.StatusOK ||
		!strings.Contains(body, `"name":`) || !strings.Contains(body, `"ACTIVE"`) {
		t.Errorf("partners: %d %s", status, body)
	}
	if _, body := ask(visitor, token, `{ viewer { id } }`); !strings.Contains(body, `"viewer":null`) {
		t.Errorf("a partner is a resident: %s", body)
	}
	if _, body := ask(visitor, token, `mutation { signOut { signOutUrl } }`); !strings.Contains(body, `"FORBIDDEN"`) {
		t.Errorf("a partner signs a resident out: %s", body)
	}
	if status, body := ask(visitor, token[:len(token)-4]+"AAAA", `{ session { state } }`); status != http.StatusUnauthorized || !strings.Contains(body, "UNAUTHENTICATED") {
		t.Errorf("a forged token: %d %s", status, body)
	}
	if status, body := ask(visitor, s.Token(t, "mosip-reg-client"), `{ session { state } }`); status != http.StatusUnauthorized {
		t.Errorf("a token for another audience: %d %s", status, body)
	}
	if status, body := ask(s.SignIn(t, resident(t, s).UIN), token, `{ session { state } }`); status != http.StatusBadRequest || !strings.Contains(body, "INVALID") {
		t.Errorf("cookie and bearer: %d %s", status, body)
	}
}
