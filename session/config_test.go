package session_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
)

func TestNewRefuses(t *testing.T) {
	good := newApp(t, "https://esignet.example").config
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]option{
		"no client":                 func(c *session.Config) { c.ClientID = "" },
		"no key":                    func(c *session.Config) { c.ClientKeyPEM = "" },
		"garbage for a key":         func(c *session.Config) { c.ClientKeyPEM = strings.Replace(c.ClientKeyPEM, "MI", "??", 1) },
		"a curve e-Signet lacks":    func(c *session.Config) { c.ClientKeyPEM = pemOf(t, p384) },
		"a small RSA key":           func(c *session.Config) { c.ClientKeyPEM = pemOf(t, small) },
		"garbage for decryption":    func(c *session.Config) { c.DecryptionKeyPEM = "x" },
		"alg none":                  func(c *session.Config) { c.SigningAlgs = []string{"RS256", "none"} },
		"alg HS256":                 func(c *session.Config) { c.SigningAlgs = []string{"HS256"} },
		"an issuer in the open":     func(c *session.Config) { c.Issuer = "http://esignet.example" },
		"no issuer":                 func(c *session.Config) { c.Issuer = "" },
		"a public URL in the open":  func(c *session.Config) { c.PublicURL = "http://resident.example" },
		"a public URL with a path":  func(c *session.Config) { c.PublicURL += "/resident" },
		"a key set in the open":     func(c *session.Config) { c.UserInfoJWKSURLs = []string{"http://ida.example/jwks"} },
		"a short secret":            func(c *session.Config) { c.Secret = make([]byte, 31) },
		"no Redis":                  func(c *session.Config) { c.Redis = nil },
		"nobody to resolve":         func(c *session.Config) { c.Resolve = nil },
		"idle longer than absolute": func(c *session.Config) { c.Idle, c.Absolute = time.Hour, time.Minute },
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			change(&config)
			if _, err := session.New(t.Context(), config); err == nil || strings.Contains(err.Error(), "MI") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestSessionPrintsOnlyItsID(t *testing.T) {
	s := &session.Session{ID: "abc", UIN: uin, Name: "Asha"}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%+v", s), s.LogValue().String()} {
		if text != "session(abc)" {
			t.Errorf("prints %q", text)
		}
	}
	if ctx := session.WithSession(t.Context(), s); session.FromContext(ctx) != s || session.FromContext(t.Context()) != nil {
		t.Error("the context does not carry the session")
	}
}
