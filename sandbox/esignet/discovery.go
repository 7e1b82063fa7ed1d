package esignet

import "net/http"

const (
	tokenPath    = "/v1/esignet/oauth/v2/token"
	parPath      = "/v1/esignet/oauth/par"
	userinfoPath = "/v1/esignet/oidc/userinfo"
)

// discovery is e-Signet 1.8.0's document with its oddities: the Manage-* scopes
// are not listed, and the two userinfo_encryption entries are not what UserInfo
// is encrypted with. DPoP is left out, because it is not offered here.
func (p *provider) discovery() map[string]any {
	signing := []string{"RS256", "PS256"}
	return map[string]any{
		"issuer":                                           p.Issuer,
		"authorization_endpoint":                           p.Issuer + "/authorize",
		"token_endpoint":                                   p.Issuer + tokenPath,
		"userinfo_endpoint":                                p.Issuer + userinfoPath,
		"jwks_uri":                                         p.Issuer + "/.well-known/jwks.json",
		"pushed_authorization_request_endpoint":            p.Issuer + parPath,
		"require_pushed_authorization_requests":            false,
		"scopes_supported":                                 []string{"openid", "profile", "email", "phone", "address"},
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"acr_values_supported":                             acrValues(),
		"userinfo_signed_response_alg":                     "PS256",
		"userinfo_signing_alg_values_supported":            signing,
		"userinfo_encryption_alg_values_supported":         []string{"RSAXXXXX"},
		"userinfo_encryption_enc_values_supported":         []string{"A128GCM"},
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256", "PS256", "ES256"},
		"id_token_signed_response_alg":                     "PS256",
		"id_token_signing_alg_values_supported":            signing,
		"claim_types_supported":                            []string{"normal"},
		"claims_parameter_supported":                       true,
		"claims_supported": []string{"name", "address", "gender", "birthdate", "picture", "email", "phone_number",
			"individual_id", "phone_number_verified", "registration_type", "updated_at"},
		"claims_in_verified_claims_supported":            []string{"name", "address", "gender", "birthdate", "picture", "email", "phone_number"},
		"claims_locales_supported":                       []string{"en"},
		"ui_locales_supported":                           []string{"en"},
		"display_values_supported":                       []string{"page", "popup", "touch", "wap"},
		"subject_types_supported":                        []string{"pairwise"},
		"request_parameter_supported":                    false,
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
	}
}

// public serves a document that any origin may read.
func public(document any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		writeJSON(w, http.StatusOK, document)
	})
}
