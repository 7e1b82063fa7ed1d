package session_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/sandbox/esignet"
	"github.com/resident-graph/resident-graph/session"
)

var photograph = append([]byte{0xff, 0xd8, 0xff, 0xe0}, bytes.Repeat([]byte("pixel"), 200)...)

var rsaKey, otherRSA = sync.OnceValue(newRSAKey), sync.OnceValue(newRSAKey)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// startESignet runs the sandbox's e-Signet with our client registered for publicURL.
func startESignet(t *testing.T, publicURL string, change func(*esignet.Client)) string {
	t.Helper()
	handler := &late{}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := esignet.Client{
		ID: clientID, RedirectURIs: []string{publicURL + "/auth/callback"},
		Key: jose.JSONWebKey{Key: clientKey().Public(), KeyID: clientKeyID, Algorithm: "ES256", Use: "sig"},
	}
	if change != nil {
		change(&client)
	}
	handler.Handler = esignet.New(esignet.Config{
		Issuer: server.URL, Seed: "session", Clients: []esignet.Client{client},
		Resident: func(id string) (esignet.Resident, error) {
			if id == "" {
				return esignet.Resident{}, esignet.ErrUnknown
			}
			return esignet.Resident{IndividualID: id, Subject: id, Name: "Asha Kumar",
				Email: "asha@example.org", Phone: "9000000001", Picture: photograph}, nil
		},
	})
	return server.URL
}

// newESignetApp is the app with the sandbox's e-Signet.
func newESignetApp(t *testing.T, change func(*esignet.Client), options ...option) *app {
	t.Helper()
	handler := &late{}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return startApp(t, server.URL, handler, startESignet(t, server.URL, change), options...)
}

var hiddenField = regexp.MustCompile(`name="transaction" value="([^"]+)"`)

// signIn goes through the login form as a resident does.
func (b *browser) signIn(address, individualID string, form url.Values) page {
	b.t.Helper()
	login := b.get(address)
	found := hiddenField.FindStringSubmatch(login.body)
	if found == nil {
		b.t.Fatalf("no login form at %s: %d %s", login.url, login.status, login.body)
	}
	if form == nil {
		form = url.Values{}
	}
	form.Set("transaction", found[1])
	form.Set("individualId", individualID)
	form.Set("otp", "111111")
	return b.do("POST", login.url.Scheme+"://"+login.url.Host+"/authorize", form)
}

func TestSignIn(t *testing.T) {
	a := newESignetApp(t, nil)
	b := newBrowser(t)
	end := b.signIn(a.SignInURL("/vids?page=2", ""), vid, nil)
	if end.status != 200 || end.url.RequestURI() != "/vids?page=2" {
		t.Fatalf("ended at %s with %d: %s\n%s", end.url, end.status, end.body, a.log)
	}
	if who := b.whoami(a); !who.SignedIn || who.UIN != uin {
		t.Fatalf("who = %+v", who)
	}
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	if s.UIN != uin || s.IndividualID != vid || s.IDKind != session.VID || s.TokenID != tokenID(uin) || s.Name != "Asha Kumar" {
		t.Errorf("session is about %+v", *s)
	}
	if s.LoginMode != "OTP" || !s.HasACR("mosip:idp:acr:generated-code") {
		t.Errorf("acr %q, login mode %q", s.ACR, s.LoginMode)
	}
	if len(s.Scopes) != 5 || !s.HasScope("Manage-VID") || s.HasScope("openid") {
		t.Errorf("scopes %q", s.Scopes)
	}
	if s.AuthenticatedAt.IsZero() || s.AccessTokenExpiresAt.IsZero() || !s.IdleAt.Before(s.ExpiresAt) {
		t.Errorf("times %v %v %v %v", s.AuthenticatedAt, s.AccessTokenExpiresAt, s.IdleAt, s.ExpiresAt)
	}
	data, mediaType, err := a.Picture(t.Context(), s)
	if err != nil || mediaType != "image/jpeg" || !bytes.Equal(data, photograph) {
		t.Errorf("picture: %d bytes of %s, %v", len(data), mediaType, err)
	}
	if len(a.logins) != 1 || a.logins[0].ID != s.ID {
		t.Errorf("OnLogin heard of %v", a.logins)
	}
}

func TestSignInTwiceInOneBrowser(t *testing.T) {
	a := newESignetApp(t, nil)
	b := newBrowser(t)
	b.signIn(a.SignInURL("/", ""), uin, nil)
	first := b.cookie(a, "session")
	b.signIn(a.StepUpURL("/", "mosip:idp:acr:biometrics"), uin, nil)
	second := b.cookie(a, "session")
	if first == "" || second == "" || first[:43] == second[:43] {
		t.Fatal("the session has no new id")
	}
	if _, err := a.Load(t.Context(), first); !errors.Is(err, session.ErrNoSession) {
		t.Errorf("the old session still opens: %v", err)
	}
	s, err := a.Load(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	if s.LoginMode != "L1-bio-device" {
		t.Errorf("the stronger login is %q", s.LoginMode)
	}
}

func TestConsent(t *testing.T) {
	a := newESignetApp(t, nil)
	b := newBrowser(t)
	b.signIn(a.SignInURL("/", ""), uin, url.Values{"scope": {"Manage-VID"}})
	s, err := a.Load(t.Context(), b.cookie(a, "session"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Scopes, []string{"Manage-VID"}) {
		t.Errorf("scopes %q", s.Scopes)
	}
}

func TestDeniedAtESignet(t *testing.T) {
	a := newESignetApp(t, nil)
	b := newBrowser(t)
	end := b.signIn(a.SignInURL("/", ""), uin, url.Values{"action": {"deny"}})
	refused(t, a, b, end, session.CodeCancelled, 403)
}

func TestUnknownIndividual(t *testing.T) {
	a := newESignetApp(t, nil)
	b := newBrowser(t)
	refused(t, a, b, b.signIn(a.SignInURL("/", ""), "1000000000", nil), session.CodeUnknownIndividual, 403)
	refused(t, a, b, b.signIn(a.SignInURL("/", ""), "down", nil), session.CodeIdentityUnavailable, 503)
}

func TestEncryptedUserInfo(t *testing.T) {
	encrypted := func(c *esignet.Client) {
		c.UserInfoJWE = true
		c.EncryptionKey = &jose.JSONWebKey{Key: rsaKey().Public(), KeyID: "enc-1"}
	}
	a := newESignetApp(t, encrypted, func(c *session.Config) { c.DecryptionKeyPEM = pemOf(t, rsaKey()) })
	b := newBrowser(t)
	if end := b.signIn(a.SignInURL("/", ""), uin, nil); end.status != 200 || !b.whoami(a).SignedIn {
		t.Errorf("ended with %d: %s\n%s", end.status, end.body, a.log)
	}
	without := newESignetApp(t, encrypted)
	b = newBrowser(t)
	refused(t, without, b, b.signIn(without.SignInURL("/", ""), uin, nil), session.CodeUserInfoInvalid, 502)
}

func TestClientKeyRSA(t *testing.T) {
	a := newESignetApp(t, func(c *esignet.Client) {
		c.Key = jose.JSONWebKey{Key: rsaKey().Public(), Algorithm: "PS256", Use: "sig"} // no kid, then none may be sent
	}, func(c *session.Config) { c.ClientKeyPEM, c.ClientKeyID = pemOf(t, rsaKey()), "" })
	b := newBrowser(t)
	if end := b.signIn(a.SignInURL("/", ""), uin, nil); end.status != 200 || !b.whoami(a).SignedIn {
		t.Errorf("ended with %d: %s\n%s", end.status, end.body, a.log)
	}
}

func TestNothingOfTheResidentAtRestOrInLogs(t *testing.T) {
	a := newESignetApp(t, nil)
	b := newBrowser(t)
	b.signIn(a.SignInURL("/", ""), vid, nil)
	b.signIn(a.SignInURL("/", ""), "1000000000", nil)
	cookie := b.cookie(a, "session")
	if _, err := a.Load(context.Background(), cookie); err != nil {
		t.Fatal(err)
	}
	stored := a.redis.Dump()
	for _, secret := range []string{uin, vid, tokenID(uin), "Asha", "pixel", cookie[:43], cookie[43:], "1000000000"} {
		if strings.Contains(stored, secret) {
			t.Errorf("Redis holds %q", secret)
		}
		if strings.Contains(a.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
