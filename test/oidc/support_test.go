//go:build audit

// Package oidc_test signs in through OpenID Providers that others have written, honest ones and one that forges, and
// checks the sixteen cases of a relying party that README.md lists.
package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/test/oidc/providers"
	"github.com/resident-graph/resident-graph/test/oidc/rp"
)

// kind is one of the providers.
type kind struct {
	name  string
	start func(testing.TB, providers.Client) *providers.Provider
}

var (
	oidcProvider = kind{"oidc-provider", providers.OIDCProvider}
	zitadel      = kind{"zitadel", providers.Zitadel}
	mockServer   = kind{"oauth2-mock-server", providers.MockServer}
	everyone     = []kind{oidcProvider, zitadel, mockServer}
)

// pair is a relying party and its provider.
type pair struct {
	*rp.App
	provider *providers.Provider
	redis    *miniredis.Miniredis
}

// connect starts both and registers the one with the other.
func (k kind) connect(t *testing.T, registration func(*providers.Client), options ...func(*session.Config)) *pair {
	t.Helper()
	listener := rp.Listen(t)
	client := providers.Client{
		ID: rp.ClientID, Key: rp.ClientKey(t), PublicURL: listener.URL, Scopes: []string{"Manage-VID"},
		Claims: map[string]any{"individual_id": rp.UIN, "name": "Asha Kumar"},
	}
	if registration != nil {
		registration(&client)
	}
	store := miniredis.RunT(t)
	provider := k.start(t, client)
	return &pair{rp.Start(t, listener, "redis://"+store.Addr(), provider.Issuer, options...), provider, store}
}

// each runs a case against every provider.
func each(t *testing.T, check func(t *testing.T, k kind)) {
	for _, k := range everyone {
		t.Run(k.name, func(t *testing.T) { check(t, k) })
	}
}

// refused checks that a login ended on the page of code, and that nobody is signed in.
func refused(t *testing.T, p *pair, b *rp.Browser, end rp.Page, code session.Code) {
	t.Helper()
	if end.Status < 400 || !strings.Contains(end.Body, "<code>"+string(code)+"</code>") {
		t.Errorf("ended with %d at %s, want %s: %s\n%s", end.Status, end.URL, code, end.Body, p.Log())
	}
	if b.Cookie(p.App, "session") != "" || b.Who(p.App).SignedIn {
		t.Error("signed in all the same")
	}
	if !slices.Contains(p.Failures(), code) {
		t.Errorf("OnLoginFailed heard of %q", p.Failures())
	}
}

// onCallback changes the answer on its way back through the browser.
func onCallback(change func(query url.Values)) func(*url.URL) {
	return func(address *url.URL) {
		if address.Path == "/auth/callback" {
			query := address.Query()
			change(query)
			address.RawQuery = query.Encode()
		}
	}
}

// callbackOf goes through the provider and stops before the answer is handed over.
func callbackOf(t *testing.T, p *pair, b *rp.Browser) *url.URL {
	t.Helper()
	page := b.Step(http.MethodGet, p.SignInURL("/", ""), nil)
	for range 20 {
		next, err := page.URL.Parse(page.Header.Get("Location"))
		if err != nil || page.Status < 300 || page.Status >= 400 {
			t.Fatalf("lost at %s with %d: %s %v", page.URL, page.Status, page.Body, err)
		}
		if next.Path == "/auth/callback" {
			return next
		}
		page = b.Step(http.MethodGet, next.String(), nil)
	}
	t.Fatalf("redirected in circles, last to %s", page.URL)
	return nil
}
