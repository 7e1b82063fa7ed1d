//go:build audit

package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/test/oidc/providers"
	"github.com/resident-graph/resident-graph/test/oidc/rp"
)

func TestRP01CodeFlow(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p, b := k.connect(t, nil), rp.NewBrowser(t)
		end := b.Get(p.SignInURL("/home", ""))
		if end.Status != http.StatusOK || end.URL.Path != "/home" {
			t.Fatalf("ended at %s with %d: %s", end.URL, end.Status, end.Body)
		}
		s, err := p.Load(t.Context(), b.Cookie(p.App, "session"))
		if err != nil {
			t.Fatal(err)
		}
		if s.UIN != rp.UIN || !s.HasScope("Manage-VID") {
			t.Errorf("session of %q, scopes %q", s.UIN, s.Scopes)
		}
	})
}

func TestRP01PushedAuthorizationRequest(t *testing.T) {
	p, b := oidcProvider.connect(t, func(c *providers.Client) { c.Push = true }), rp.NewBrowser(t)
	var address *url.URL
	b.Tamper = func(u *url.URL) {
		if strings.HasPrefix(u.String(), p.provider.Issuer) && u.Query().Has("request_uri") {
			address = u
		}
	}
	b.SignIn(p.App)
	if address == nil || len(address.Query()) != 2 || address.Query().Get("client_id") != rp.ClientID {
		t.Errorf("the browser was sent to %v", address)
	}
	var counts map[string]int
	p.provider.Tell("counts", nil, &counts)
	if counts["pushed"] != 1 {
		t.Errorf("pushed %d requests", counts["pushed"])
	}
}

func TestRP02ProofKey(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p, b, thief := k.connect(t, nil), rp.NewBrowser(t), rp.NewBrowser(t)
		start, err := url.Parse(rp.NewBrowser(t).Step(http.MethodGet, p.SignInURL("/", ""), nil).Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if q := start.Query(); q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
			t.Errorf("asked with %s", start.RawQuery)
		}
		stolen, own := callbackOf(t, p, b), callbackOf(t, p, thief)
		query := own.Query()
		query.Set("code", stolen.Query().Get("code")) // another login's, for which the thief has no verifier
		own.RawQuery = query.Encode()
		refused(t, p, thief, thief.Get(own.String()), session.CodeTokenRefused)
	})
}

func TestRP03State(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p := k.connect(t, nil)
		for name, change := range map[string]func(url.Values){
			"another": func(q url.Values) { q.Set("state", strings.Repeat("A", 43)) },
			"none":    func(q url.Values) { q.Del("state") },
		} {
			t.Run(name, func(t *testing.T) {
				b := rp.NewBrowser(t)
				b.Tamper = onCallback(change)
				refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeState)
			})
		}
	})
}

func TestRP04Nonce(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p := k.connect(t, nil)
		for name, change := range map[string]func(url.Values){
			"another": func(q url.Values) { q.Set("nonce", strings.Repeat("A", 43)) },
			"none":    func(q url.Values) { q.Del("nonce") },
		} {
			t.Run(name, func(t *testing.T) {
				b := rp.NewBrowser(t)
				b.Tamper = func(address *url.URL) { // on the way to the provider
					if query := address.Query(); query.Has("code_challenge") {
						change(query)
						address.RawQuery = query.Encode()
					}
				}
				refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeTokenInvalid)
			})
		}
	})
}

func TestRP05Issuer(t *testing.T) {
	each(t, func(t *testing.T, k kind) { // the provider is right: it is the relying party that expects another
		p, b := k.connect(t, nil, func(c *session.Config) { c.TokenIssuer = c.Issuer + "/other" }), rp.NewBrowser(t)
		refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeTokenInvalid)
	})
}

func TestRP13KeyRotation(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p := k.connect(t, nil)
		rp.NewBrowser(t).SignIn(p.App)
		p.provider.Tell("rotate", nil, nil)
		rp.NewBrowser(t).SignIn(p.App)
	})
}

func TestRP14Discovery(t *testing.T) {
	each(t, func(t *testing.T, k kind) { // whose document names 127.0.0.1
		p, b := k.connect(t, nil, func(c *session.Config) {
			c.Issuer = strings.Replace(c.Issuer, "127.0.0.1", "localhost", 1)
		}), rp.NewBrowser(t)
		refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeProviderUnavailable)
	})
}

func TestRP14MixUp(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p, b := k.connect(t, nil), rp.NewBrowser(t)
		b.Tamper = onCallback(func(q url.Values) { q.Set("iss", "https://other.example") })
		refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeProvider)
	})
}

func TestRP15UserInfoSubject(t *testing.T) {
	for _, k := range []kind{zitadel, mockServer} { // oidc-provider does not let its UserInfo differ
		t.Run(k.name, func(t *testing.T) {
			p, b := k.connect(t, func(c *providers.Client) { c.Claims["sub"] = "another" }), rp.NewBrowser(t)
			refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeUserInfoInvalid)
		})
	}
}

func TestRP15UserInfoSignedAndEncrypted(t *testing.T) {
	for _, alg := range []string{"RS256", "PS256", "ES256"} {
		for _, encrypted := range []bool{false, true} {
			name := alg + " signed"
			if encrypted {
				name += " and encrypted"
			}
			t.Run(name, func(t *testing.T) {
				p, b := oidcProvider.connect(t, func(c *providers.Client) {
					c.Alg, c.UserInfoAlg = alg, alg
					if encrypted {
						c.EncryptionKey = rp.EncryptionKey(t)
					}
				}, func(c *session.Config) {
					c.UserInfoJSON = false
					if encrypted {
						c.DecryptionKeyPEM = rp.DecryptionKeyPEM(t)
					}
				}), rp.NewBrowser(t)
				b.SignIn(p.App)
			})
		}
	}
}

func TestRP16CodeReplay(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		p, b, thief := k.connect(t, nil), rp.NewBrowser(t), rp.NewBrowser(t)
		callback := callbackOf(t, p, b)
		login := b.Cookie(p.App, "login")
		if end := b.Get(callback.String()); end.Status != http.StatusOK {
			t.Fatalf("ended with %d: %s", end.Status, end.Body)
		}
		t.Run("same answer again", func(t *testing.T) {
			again := rp.NewBrowser(t)
			again.HTTP.Jar.SetCookies(callback, []*http.Cookie{{Name: "login", Value: login}})
			refused(t, p, again, again.Get(callback.String()), session.CodeExpired)
		})
		t.Run("its code in another login", func(t *testing.T) {
			own := callbackOf(t, p, thief)
			query := own.Query()
			query.Set("code", callback.Query().Get("code"))
			own.RawQuery = query.Encode()
			refused(t, p, thief, thief.Get(own.String()), session.CodeTokenRefused)
		})
	})
}

// TestStepUp signs in again through a provider that remembers the resident: only a step-up makes it ask.
func TestStepUp(t *testing.T) {
	p, b := oidcProvider.connect(t, nil), rp.NewBrowser(t)
	authenticatedAfter := func(address string) time.Time {
		t.Helper()
		time.Sleep(1100 * time.Millisecond) // auth_time has seconds
		if end := b.Get(address); end.Status != http.StatusOK {
			t.Fatalf("ended with %d: %s", end.Status, end.Body)
		}
		s, err := p.Load(t.Context(), b.Cookie(p.App, "session"))
		if err != nil {
			t.Fatal(err)
		}
		return s.AuthenticatedAt
	}
	for _, name := range []string{"the first login", "the second"} {
		if at := authenticatedAfter(p.SignInURL("/", "")); !at.IsZero() { // this provider says nothing unless it is asked
			t.Errorf("%s counts as fresh: %v", name, at)
		}
	}
	before := time.Now()
	if fresh := authenticatedAfter(p.StepUpURL("/", "")); fresh.Before(before.Truncate(time.Second)) {
		t.Errorf("the step-up is not fresh: %v", fresh)
	}
}

func TestSigningAlgorithms(t *testing.T) {
	for _, k := range []kind{oidcProvider, zitadel} {
		for _, alg := range []string{"RS256", "PS256", "ES256"} {
			t.Run(k.name+" "+alg, func(t *testing.T) {
				p := k.connect(t, func(c *providers.Client) { c.Alg = alg })
				rp.NewBrowser(t).SignIn(p.App)
			})
			t.Run(k.name+" "+alg+" not on the list", func(t *testing.T) {
				p, b := k.connect(t, func(c *providers.Client) { c.Alg = alg }, func(c *session.Config) {
					c.SigningAlgs = []string{"ES512"}
				}), rp.NewBrowser(t)
				refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeTokenInvalid)
			})
		}
	}
}
