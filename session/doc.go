// Package session knows who is calling: it signs residents in with e-Signet, keeps their sessions and ends them.
//
// # Signing in
//
//	browser              Resident Graph                        e-Signet
//	   | GET /auth/login      |                                    |
//	   |--------------------->| transaction: state, nonce,         |
//	   |                      | verifier, return path -> Redis     |
//	   |   303, login cookie  |                                    |
//	   |<---------------------|                                    |
//	   | GET authorize (PKCE S256, claims)                         |
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
// before it is used. Tokens are verified, read and forgotten; only an id token is kept, encrypted, and only for a
// provider that wants it back at logout.
//
// # A session's life
//
//	login ----> alive ----(no request for Idle, or Absolute after login)----> expired
//	              |  ^
//	   End,       |  | a request, Extend
//	   EndAll,    |  |
//	   logout,    v  |
//	   new login  ended ----> Watch, on every replica
//
// The cookie holds an id and a key, each of 256 bits; Redis holds the id's hash and what the key opens. Its TTL is the
// idle clock, and neither it nor the absolute end depends on the life of e-Signet's tokens.
//
// A session is not bound to an address or a user agent: both change in honest use, and both can be forged. What guards
// a cookie is that scripts cannot read it, that it travels only encrypted and to this host, that it dies soon, and
// that each login makes a new one. On http://localhost and http://127.0.0.1 the cookies are named session and
// login, without the __Host- prefix and Secure.
package session
