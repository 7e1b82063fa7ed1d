//go:build audit

package sessions_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/test/oidc/providers"
	"github.com/resident-graph/resident-graph/test/oidc/rp"
)

const accessTokenLife = 8 * time.Second

// refreshing is two replicas behind a provider that issues refresh tokens and rotates them.
type refreshing struct {
	*rp.App
	other    *rp.App
	redis    string
	provider *providers.Provider
}

func startRefreshing(t *testing.T, options ...func(*session.Config)) *refreshing {
	t.Helper()
	l := rp.Listen(t)
	p := &refreshing{redis: startRedis(t), provider: providers.OIDCProvider(t, providers.Client{
		ID: rp.ClientID, Key: rp.ClientKey(t), PublicURL: l.URL, Scopes: []string{"Manage-VID"},
		Claims:  map[string]any{"individual_id": rp.UIN, "name": "Asha Kumar"},
		Refresh: true, AccessTokenLife: int(accessTokenLife / time.Second),
	})}
	p.App = rp.Start(t, l, p.redis, p.provider.Issuer, options...)
	p.other = p.Replica()
	return p
}

func (p *refreshing) refreshes(t *testing.T) int {
	t.Helper()
	var counts map[string]int
	p.provider.Tell("counts", nil, &counts)
	return counts["refresh_token"]
}

func TestSES01NoRefreshTokenLeavesTheServer(t *testing.T) {
	var issued tokenTap
	p, b := startRefreshing(t, issued.into), rp.NewBrowser(t)
	b.SignIn(p.App)
	time.Sleep(accessTokenLife)
	b.Who(p.other)
	if n := p.refreshes(t); n != 1 {
		t.Errorf("%d refreshes", n)
	}
	b.Get(p.URL + "/auth/logout")
	// The id token is shown to the provider through the browser when it is asked to sign out: id_token_hint.
	seen := regexp.MustCompile(`id_token_hint=[^&\s]+`).ReplaceAllString(b.Seen(), "")
	issued.absent(t, 6, map[string]string{"the browser": seen, "Redis": stored(t, p.redis), "the log": p.Log()})
}

func TestSES06OneRefresh(t *testing.T) {
	p, b := startRefreshing(t), rp.NewBrowser(t)
	b.SignIn(p.App)
	for round := 1; round <= 3; round++ {
		time.Sleep(accessTokenLife + 100*time.Millisecond)
		var all sync.WaitGroup
		for i := range 100 {
			replica := p.App
			if i%2 == 1 {
				replica = p.other
			}
			all.Go(func() {
				status, who, err := b.Try(replica)
				if err != nil || status != http.StatusOK || !who.SignedIn {
					t.Errorf("round %d: %d %+v %v", round, status, who, err)
				}
			})
		}
		all.Wait()
		if n := p.refreshes(t); n != round {
			t.Fatalf("after 100 requests with an expired access token in round %d: %d refreshes", round, n)
		}
	}
}

func TestSES07RefreshDenied(t *testing.T) {
	p, b := startRefreshing(t), rp.NewBrowser(t)
	b.SignIn(p.App)
	s, err := p.Load(t.Context(), b.Cookie(p.App, "session"))
	if err != nil {
		t.Fatal(err)
	}
	changes := p.other.Changes(t.Context(), s)
	p.provider.Tell("refuseRefresh", nil, nil)
	time.Sleep(accessTokenLife)
	if who := b.Who(p.App); who.SignedIn || !who.Ended || who.Unavailable {
		t.Errorf("after the refusal: %+v", who)
	}
	await(t, changes, session.StateEnded, pushed)
	if b.Cookie(p.App, "session") != "" {
		t.Error("the cookie is not taken back")
	}
	if held := stored(t, p.redis); strings.Contains(held, "session:{"+s.ID) {
		t.Errorf("Redis keeps a part of the session: %s", held)
	}
	b.SignIn(p.App)
}

// signOutAtProvider ends the provider's session and says yes to its question.
func signOutAtProvider(t *testing.T, b *rp.Browser, page rp.Page) rp.Page {
	t.Helper()
	action := regexp.MustCompile(`action="([^"]+)"`).FindStringSubmatch(page.Body)
	secret := regexp.MustCompile(`name="xsrf" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if action == nil || secret == nil {
		t.Fatalf("no question at %s: %d %s", page.URL, page.Status, page.Body)
	}
	return b.Do(http.MethodPost, action[1], url.Values{"xsrf": {secret[1]}, "logout": {"yes"}})
}

func TestSES09BackChannelLogout(t *testing.T) {
	p, b, elsewhere := startRefreshing(t), rp.NewBrowser(t), rp.NewBrowser(t)
	b.SignIn(p.App)
	elsewhere.SignIn(p.App) // the same resident in another session of the provider
	over := p.other.Watch(t.Context(), b.Who(p.App).ID)
	signOutAtProvider(t, b, b.Get(p.provider.Issuer+"/session/end"))
	within(t, "the session whose provider session ended", pushed, over)
	if b.Who(p.App).SignedIn || b.Who(p.other).SignedIn {
		t.Error("still signed in")
	}
	if !elsewhere.Who(p.other).SignedIn {
		t.Error("a session of another provider session ended too")
	}
}

func TestSES09LogoutAtProvider(t *testing.T) {
	p, b := startRefreshing(t), rp.NewBrowser(t)
	b.SignIn(p.App)
	question := b.Get(p.URL + "/auth/logout")
	if b.Who(p.other).SignedIn {
		t.Error("still signed in while the provider asks")
	}
	end := signOutAtProvider(t, b, question)
	if end.Status != http.StatusOK || !strings.HasPrefix(end.URL.String(), p.URL+"/?state=") {
		t.Errorf("came back to %s with %d: %s", end.URL, end.Status, end.Body)
	}
}

func TestSES11ProviderDownAtRefresh(t *testing.T) {
	p, b := startRefreshing(t), rp.NewBrowser(t)
	b.SignIn(p.App)
	p.provider.Stop()
	time.Sleep(accessTokenLife)
	before := time.Now()
	for range 20 {
		if !b.Who(p.App).SignedIn || !b.Who(p.other).SignedIn {
			t.Fatal("the session ended with the provider")
		}
	}
	if tries := strings.Count(p.Log(), "tokens not refreshed"); tries != 1 {
		t.Errorf("%d tries in %v", tries, time.Since(before))
	}
}
