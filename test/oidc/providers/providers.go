package providers

import (
	"path/filepath"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/test/ports"
)

// Client is how our client is registered.
type Client struct {
	ID            string
	Key           jose.JSONWebKey  // public, of its assertions
	EncryptionKey *jose.JSONWebKey // public, for UserInfo as JWE; nil for none
	PublicURL     string           // of the relying party
	Alg           string           // of id tokens; default RS256
	UserInfoAlg   string           // of UserInfo; empty for plain JSON
	Scopes        []string
	Claims        map[string]any // of UserInfo, beside sub

	// For oidc-provider alone.
	Push            bool // offer pushed authorization requests
	Refresh         bool // issue refresh tokens
	AccessTokenLife int  // seconds; default 3600
}

// Subject is whom oidc-provider signs in.
const Subject = "2873918273918273918273918273"

// OIDCProvider starts npm's oidc-provider. It can be told: counts, rotate, refuseRefresh.
func OIDCProvider(t testing.TB, c Client) *Provider {
	t.Helper()
	port := ports.Reserve(t)
	keys := []jose.JSONWebKey{c.Key}
	client := map[string]any{
		"client_id": c.ID, "redirect_uris": []string{c.PublicURL + "/auth/callback"},
		"grant_types": []string{"authorization_code", "refresh_token"}, "response_types": []string{"code"},
		"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES256",
		"id_token_signed_response_alg": c.alg(),
		"post_logout_redirect_uris":    []string{c.PublicURL + "/"},
		"backchannel_logout_uri":       c.PublicURL + "/auth/backchannel-logout", "backchannel_logout_session_required": true,
	}
	if c.UserInfoAlg != "" {
		client["userinfo_signed_response_alg"] = c.UserInfoAlg
	}
	if c.EncryptionKey != nil {
		keys = append(keys, *c.EncryptionKey)
		client["userinfo_encrypted_response_alg"], client["userinfo_encrypted_response_enc"] = "RSA-OAEP-256", "A256GCM"
	}
	client["jwks"] = jose.JSONWebKeySet{Keys: keys}
	life := c.AccessTokenLife
	if life == 0 {
		life = 3600
	}
	return startNode(t, "oidc-provider", port, map[string]any{
		"port": port, "client": client, "scopes": c.Scopes, "subject": Subject, "claims": c.Claims,
		"push": c.Push, "refresh": c.Refresh, "accessTokenLife": life,
	})
}

// MockServer starts npm's oauth2-mock-server. It can be told: lie, rotate, issuer.
func MockServer(t testing.TB, c Client) *Provider {
	t.Helper()
	port := ports.Reserve(t)
	return startNode(t, "oauth2-mock-server", port, map[string]any{"port": port, "claims": c.Claims})
}

// Zitadel starts github.com/zitadel/oidc. It can be told: rotate.
func Zitadel(t testing.TB, c Client) *Provider {
	t.Helper()
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	port := ports.Reserve(t)
	return start(t, "zitadel/oidc", port, map[string]any{
		"Port": port, "ClientID": c.ID, "ClientKey": c.Key, "RedirectURI": c.PublicURL + "/auth/callback",
		"Claims": c.Claims, "Alg": c.alg(),
	}, program)
}

func startNode(t testing.TB, name string, port int, setup any) *Provider {
	t.Helper()
	if err := installed(); err != nil {
		t.Fatal(err)
	}
	return start(t, name, port, setup, "node", filepath.Join(folder(), "node", name+".mjs"))
}

func (c *Client) alg() string {
	if c.Alg == "" {
		return "RS256"
	}
	return c.Alg
}
