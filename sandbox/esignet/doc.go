// Package esignet is the sandbox's e-Signet: an OpenID provider that behaves
// on the wire as MOSIP's e-Signet 1.8.0 does.
//
//	(POST /v1/esignet/oauth/par → request_uri, 60 s, used once)
//	GET  /authorize              request checked → page with a form, 300 s
//	POST /authorize              OTP and consent → 302 redirect_uri?state&code&iss
//	POST /v1/esignet/oauth/v2/token      code, verifier, client assertion → tokens, 3600 s
//	GET  /v1/esignet/oidc/userinfo       access token → JWS, or JWE around a JWS
//	GET  /.well-known/{openid-configuration,oauth-authorization-server,jwks.json}
//
// A request that is itself wrong is refused on the page and never reaches the
// relying party; only what goes wrong after it is sent to redirect_uri. The
// identity data is exchanged inside the token request, as e-Signet does with
// IDA, and UserInfo is served from memory: a restart forgets every transaction
// and token. There is no refresh token, no revocation and no logout.
//
// The one-time password 111111 is right for everybody.
package esignet
