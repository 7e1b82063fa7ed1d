package sandbox

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const openidConnect = "/auth/realms/mosip/protocol/openid-connect"

// endpoints of Keycloak and of authmanager, which stands before it.
func (r *realm) endpoints() []endpoint {
	return []endpoint{
		{"keycloak", "POST " + openidConnect + "/token", open, nil, r.token},
		{"keycloak", "GET " + openidConnect + "/certs", open, nil, r.certs},
		{"keycloak", "GET " + openidConnect + "/userinfo", open, nil, r.userinfo},
		{"keycloak", "GET /auth/realms/mosip/.well-known/openid-configuration", open, nil, r.discovery},
		{"keycloak", "GET /v1/authmanager/authorize/admin/validateToken", serviceToken, nil, r.validateToken},
	}
}

// token is the client_credentials grant.
func (r *realm) token(w http.ResponseWriter, req *http.Request) {
	client := req.PostFormValue("client_id")
	_, known := realmClients[client]
	secret := subtle.ConstantTimeCompare([]byte(r.secret(client)), []byte(req.PostFormValue("client_secret")))
	switch {
	case req.PostFormValue("grant_type") != "client_credentials":
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type")
	case !known || secret != 1:
		oauthError(w, http.StatusUnauthorized, "unauthorized_client", "Invalid client or Invalid client credentials")
	default:
		lifetime := r.settings.get().tokenLifetime()
		token, err := r.issue(client, lifetime)
		if err != nil {
			oauthError(w, http.StatusInternalServerError, "server_error", "")
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		writeJSON(w, http.StatusOK, map[string]any{
			"access_token": token, "expires_in": int(lifetime / time.Second), "refresh_expires_in": 0,
			"token_type": "Bearer", "not-before-policy": 0, "scope": "profile email",
		})
	}
}

func (r *realm) certs(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{r.public}})
}

func (r *realm) userinfo(w http.ResponseWriter, req *http.Request) {
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	claims, err := r.verify(token)
	if err != nil {
		oauthError(w, http.StatusUnauthorized, "invalid_token", "Token verification failed")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"sub": claims.Subject, "preferred_username": claims.PreferredUsername, "email_verified": false,
	})
}

func (r *realm) discovery(w http.ResponseWriter, _ *http.Request) {
	protocol := r.issuer + "/protocol/openid-connect"
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": r.issuer, "token_endpoint": protocol + "/token", "jwks_uri": protocol + "/certs",
		"userinfo_endpoint": protocol + "/userinfo", "grant_types_supported": []string{"client_credentials"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post"},
	})
}

// validateToken is what services that cannot read a JWT ask authmanager.
func (r *realm) validateToken(w http.ResponseWriter, req *http.Request) {
	claims := caller(req.Context())
	token, _ := tokenCookie(req.Cookies())
	succeedNull(w, nil, nil, map[string]any{
		"userId": claims.PreferredUsername, "mobile": nil, "mail": nil, "langCode": nil, "userPassword": nil,
		"name": claims.PreferredUsername, "role": strings.Join(claims.RealmAccess.Roles, ","),
		"token": token, "rId": nil,
	})
}

func oauthError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}
