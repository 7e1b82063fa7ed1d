// Package session knows who is calling: it signs residents in with e-Signet, keeps their sessions and ends them.
//
// # Signing in
//
//	browser              Resident Graph                        e-Signet
//	   | GET /auth/login      |                                    |
//	   |--------------------->| transaction: state, nonce,         |
//	   |                      | verifier, return path -> Redis     |
//	   |                      | POST par (PKCE S256, claims)       |
//	   |                      |----------------------------------->|
//	   |   303, login cookie  |                                    |
//	   |<---------------------|                                    |
//	   | GET authorize (request_uri)                               |
//	   |---------------------------------------------------------->|
//	   | 302 code, state, iss                                      |
//	   |<----------------------------------------------------------|
//	   | GET /auth/callback   |                                    |
//	   |--------------------->| transaction <- Redis, deleted      |
//	   |                      | POST token (private_key_jwt)       |
//	   |                      |----------------------------------->|
//	   |                      | id token, access token             |
//	   |                      |<-----------------------------------|
//	   |                      | GET userinfo, once                 |
//	   |                      |----------------------------------->|
//	   |                      | JWS, or JWE around it              |
//	   |                      |<-----------------------------------|
//	   |                      | individual id -> UIN -> token id   |
//	   | 303, session cookie  | session -> Redis, old one ended    |
//	   |<---------------------|                                    |
//
// Each arrow that fails ends on a page with a sentence and a Code. A login has one attempt: its transaction is deleted
// before it is used; only an answer to another one, begun in another window, leaves it. A provider without pushed
// authorization requests gets the request in the address. Tokens are
// verified, read and forgotten; kept, encrypted, are only an id token for a provider that wants it back at logout, and
// a refresh token for one that issues those.
//
// # A session's life
//
//	login ----> alive ----(no request for Idle, or Absolute after login)----> expired
//	              |  ^
//	   End,       |  | a request, Extend ----> Changes, on every replica
//	   EndAll,    |  |
//	   SignOut,   |
//	   new login, |
//	   provider   v
//	             ended ----> Watch, Changes, on every replica
//
// e-Signet has neither refresh tokens nor a logout. Where a provider has refresh tokens, it is asked when its access
// token ends whether it still stands by the login: by one request at a time on all replicas, under a lock in Redis. Its
// no ends the session; no answer ends nothing. Where it has a logout, signing out leads there, and what it announces
// at POST /auth/backchannel-logout ends here too.
//
// The cookie holds an id and a key, each of 256 bits; Redis holds the id's hash and what the key opens. Its TTL is the
// idle clock, and neither it nor the absolute end depends on the life of e-Signet's tokens.
//
// A session is not bound to an address or a user agent: both change in honest use, and both can be forged. What guards
// a cookie is that scripts cannot read it, that it travels only encrypted and to this host, that it dies soon, and
// that each login makes a new one. On http://localhost and http://127.0.0.1 the cookies are named session and
// login, without the __Host- prefix and Secure.
//
// # Bearer tokens
//
// Apps, partners and staff come with access tokens, which are verified offline by the key sets of the issuers that are
// configured: signature, alg, iss, aud letter for letter, exp, nbf, iat, and that it is no other kind of token. An issuer
// speaks only for the kinds of caller that it is configured for. A resident's token leads to the same Session as a
// cookie: the identity comes from its claim individual_id or from UserInfo, and is remembered for seconds. A cookie and
// a bearer token in one request are refused, since it would be unclear who asks.
package session
