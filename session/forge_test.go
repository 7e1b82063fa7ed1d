package session_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/session"
)

func set(name string, value any) func(claims) { return func(c claims) { c[name] = value } }
func without(name string) func(claims)        { return func(c claims) { delete(c, name) } }
func in(d time.Duration) int64                { return time.Now().Add(d).Unix() }

// TestForgedTokens lets the provider give a token that must not be believed.
func TestForgedTokens(t *testing.T) {
	for name, lie := range map[string]func(o *op){
		"id token: other nonce":               func(o *op) { o.idToken = set("nonce", "another") },
		"id token: no nonce":                  func(o *op) { o.idToken = without("nonce") },
		"id token: other issuer":              func(o *op) { o.idToken = set("iss", "https://other.example") },
		"id token: issuer with a slash":       func(o *op) { o.idToken = set("iss", o.url+"/") },
		"id token: no issuer":                 func(o *op) { o.idToken = without("iss") },
		"id token: other audience":            func(o *op) { o.idToken = set("aud", "other-client") },
		"id token: no audience":               func(o *op) { o.idToken = without("aud") },
		"id token: several audiences, no azp": func(o *op) { o.idToken = set("aud", []string{clientID, "other"}) },
		"id token: other authorised party":    func(o *op) { o.idToken = set("azp", "other-client") },
		"id token: no subject":                func(o *op) { o.idToken = without("sub") },
		"both tokens: no subject":             func(o *op) { o.idToken, o.access = without("sub"), without("sub") },
		"id token: empty subject":             func(o *op) { o.idToken = set("sub", "") },
		"id token: no iat":                    func(o *op) { o.idToken = without("iat") },
		"id token: iat in the future":         func(o *op) { o.idToken = set("iat", in(2*time.Minute)) },
		"id token: expired":                   func(o *op) { o.idToken = set("exp", in(-time.Second)) },
		"id token: no exp":                    func(o *op) { o.idToken = without("exp") },
		"id token: not yet valid":             func(o *op) { o.idToken = set("nbf", in(time.Hour)) },
		"id token: hash of another token":     func(o *op) { o.idToken = set("at_hash", "3FJdGkq0xqEJ7t1y2m4iVg") },
		"id token: none at all":               func(o *op) { o.tokens = without("id_token") },
		"id token: claims changed":            func(o *op) { o.signID = o.tampered },
		"id token: alg none":                  func(o *op) { o.signID = unsigned },
		"id token: HS256 with the public key": func(o *op) { o.signID = withPublicKeyAsSecret },
		"id token: another EC key": func(o *op) {
			other := newECKey()
			o.signID = func(c claims) string { return signWith(other, jose.ES256, "ec-1", c) }
		},
		"id token: another RSA key, RS256": func(o *op) {
			o.signID = func(c claims) string { return signWith(otherRSA(), jose.RS256, "rsa-1", c) }
		},
		"id token: another RSA key, PS256": func(o *op) {
			o.signID = func(c claims) string { return signWith(otherRSA(), jose.PS256, "rsa-1", c) }
		},
		"id token: unknown kid": func(o *op) {
			o.signID = func(c claims) string { return signWith(o.keys[0].Key, jose.ES256, "ec-9", c) }
		},
		"id token: kid of the other key": func(o *op) {
			o.signID = func(c claims) string { return signWith(o.keys[0].Key, jose.ES256, "rsa-1", c) }
		},
		"id token: algorithm not on the list": func(o *op) {
			o.signID = func(c claims) string { return signWith(rsaKey(), jose.RS512, "rsa-1", c) }
		},
		"access token: other issuer":           func(o *op) { o.access = set("iss", "https://other.example") },
		"access token: other authorised party": func(o *op) { o.access = set("azp", "other-client") },
		"access token: other client":           func(o *op) { o.access = set("client_id", "other-client") },
		"access token: other audience":         func(o *op) { o.access = func(c claims) { delete(c, "azp"); c["aud"] = "other" } },
		"access token: other subject":          func(o *op) { o.access = set("sub", "1111") },
		"access token: expired":                func(o *op) { o.access = set("exp", in(-time.Second)) },
		"access token: no iat":                 func(o *op) { o.access = without("iat") },
		"access token: not a bearer token":     func(o *op) { o.tokens = set("token_type", "DPoP") },
		"access token: unsigned": func(o *op) {
			o.idToken = without("at_hash")
			o.tokens = func(c claims) {
				c["access_token"] = unsigned(claims{"iss": o.url, "sub": subject, "aud": clientID}) + "x"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			lie(o)
			a, b := newApp(t, o.url), newBrowser(t)
			refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeTokenInvalid, 502)
			if o.infoCalls != 0 {
				t.Error("UserInfo was asked with a token that nobody believed")
			}
		})
	}
}

// TestForgedUserInfo lets the provider tell about someone else.
func TestForgedUserInfo(t *testing.T) {
	for name, lie := range map[string]func(o *op){
		"other subject":  func(o *op) { o.info = set("sub", "1111") },
		"no subject":     func(o *op) { o.info = without("sub") },
		"other issuer":   func(o *op) { o.info = set("iss", "https://other.example") },
		"other audience": func(o *op) { o.info = set("aud", "other-client") },
		"expired":        func(o *op) { o.info = set("exp", in(-time.Minute)) },
		"alg none":       func(o *op) { o.signInfo = func(c claims) (string, string) { return "application/jwt", unsigned(c) } },
		"claims changed": func(o *op) { o.signInfo = func(c claims) (string, string) { return "application/jwt", o.tampered(c) } },
		"HS256": func(o *op) {
			o.signInfo = func(c claims) (string, string) { return "application/jwt", withPublicKeyAsSecret(c) }
		},
		"plain JSON": func(o *op) {
			o.signInfo = func(claims) (string, string) { return "application/json", `{"sub":"` + subject + `"}` }
		},
		"a page":          func(o *op) { o.signInfo = func(claims) (string, string) { return "text/html", "<p>hello" } },
		"signed, as text": func(o *op) { o.signInfo = func(c claims) (string, string) { return "text/plain", o.sign(c) } },
		"nothing":         func(o *op) { o.signInfo = func(claims) (string, string) { return "application/jwt", "" } },
		"a key from abroad": func(o *op) {
			o.signInfo = func(c claims) (string, string) {
				return "application/jwt", signWith(newECKey(), jose.ES256, "ida-1", c)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			lie(o)
			a, b := newApp(t, o.url), newBrowser(t)
			refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeUserInfoInvalid, 502)
			if o.infoCalls != 1 {
				t.Errorf("UserInfo was asked %d times", o.infoCalls)
			}
		})
	}
}

func TestNoIndividualID(t *testing.T) {
	o := startOP(t)
	o.info = without("individual_id")
	a, b := newApp(t, o.url), newBrowser(t)
	refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeNoIndividualID, 403)
}

// TestForgedAnswer lets the browser come back with something else than we asked for.
func TestForgedAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(query url.Values)
		code   session.Code
		status int
	}{
		"other state":         {func(q url.Values) { q.Set("state", "x"+q.Get("state")) }, session.CodeState, 400},
		"no state":            {func(q url.Values) { q.Del("state") }, session.CodeState, 400},
		"state null":          {func(q url.Values) { q.Set("state", "null") }, session.CodeState, 400},
		"two states":          {func(q url.Values) { q.Add("state", "x") }, session.CodeProvider, 502},
		"other issuer":        {func(q url.Values) { q.Set("iss", "https://other.example") }, session.CodeProvider, 502},
		"other code":          {func(q url.Values) { q.Set("code", "guess") }, session.CodeTokenRefused, 502},
		"no code":             {func(q url.Values) { q.Del("code") }, session.CodeProvider, 502},
		"denied":              {func(q url.Values) { q.Set("error", "access_denied") }, session.CodeCancelled, 403},
		"denied, state null":  {func(q url.Values) { q.Set("error", "access_denied"); q.Set("state", "null") }, session.CodeCancelled, 403},
		"denied, other state": {func(q url.Values) { q.Set("error", "access_denied"); q.Set("state", "other") }, session.CodeState, 400},
		"timed out":           {func(q url.Values) { q.Set("error", "transaction_timeout") }, session.CodeExpired, 400},
		"markup": {func(q url.Values) {
			q.Set("error", "<script>alert(1)</script>")
			q.Set("error_description", "<script>alert(2)</script>")
		}, session.CodeProvider, 502},
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			o.answer = c.answer
			a, b := newApp(t, o.url), newBrowser(t)
			end := b.get(a.SignInURL("/", ""))
			refused(t, a, b, end, c.code, c.status)
			if strings.Contains(end.body, "alert(") || strings.Contains(a.log.String(), "alert(") {
				t.Error("input is repeated")
			}
		})
	}
}

// TestAcceptedVariants are honest providers that differ from e-Signet 1.8.0.
func TestAcceptedVariants(t *testing.T) {
	legacy := func(o *op) option { return func(c *session.Config) { c.TokenIssuer = o.url + "/v1/esignet" } }
	none := func(*op) option { return func(*session.Config) {} }
	for name, c := range map[string]struct {
		change func(o *op)
		config func(o *op) option
	}{
		"e-Signet 1.7, whose tokens name another issuer": {func(o *op) {
			o.idToken, o.access = set("iss", o.url+"/v1/esignet"), set("iss", o.url+"/v1/esignet")
		}, legacy},
		"wallet page without iss":   {func(o *op) { o.answer = func(q url.Values) { q.Del("iss") } }, none},
		"RS256":                     {func(o *op) { o.keys[0], o.keys[1] = o.keys[1], o.keys[0]; o.alg = jose.RS256 }, none},
		"PS256":                     {func(o *op) { o.keys[0], o.keys[1] = o.keys[1], o.keys[0]; o.alg = jose.PS256 }, none},
		"no kid and several keys":   {func(o *op) { o.signID = func(c claims) string { return signWith(o.keys[0].Key, o.alg, "", c) } }, none},
		"clock a little ahead":      {func(o *op) { o.idToken = set("iat", in(30*time.Second)) }, none},
		"no at_hash":                {func(o *op) { o.idToken = without("at_hash") }, none},
		"several audiences and azp": {func(o *op) { o.idToken = func(c claims) { c["aud"], c["azp"] = []string{clientID, "x"}, clientID } }, none},
		"opaque access token": {func(o *op) {
			o.idToken = without("at_hash")
			o.tokens = func(c claims) { c["access_token"], c["scope"] = "opaque", "openid Manage-VID" }
		}, none},
		"plain JSON where it is configured": {func(o *op) {
			o.signInfo = func(claims) (string, string) {
				return "application/json", `{"sub":"` + subject + `","individual_id":"` + uin + `"}`
			}
		}, func(*op) option { return func(c *session.Config) { c.UserInfoJSON = true } }},
		"UserInfo key published elsewhere": {func(o *op) {}, func(o *op) option {
			elsewhere := startOP(o.t)
			elsewhere.keys[0].KeyID = "ida-1"
			o.signInfo = func(c claims) (string, string) { return "application/jwt", elsewhere.sign(c) }
			return func(c *session.Config) { c.UserInfoJWKSURLs = []string{elsewhere.url + "/jwks"} }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			c.change(o)
			a, b := newApp(t, o.url, c.config(o)), newBrowser(t)
			end := b.get(a.SignInURL("/home", ""))
			if end.status != 200 || !b.whoami(a).SignedIn {
				t.Fatalf("ended with %d: %s\n%s", end.status, end.body, a.log)
			}
			s, err := a.Load(t.Context(), b.cookie(a, "session"))
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Scopes) != 1 || s.Scopes[0] != "Manage-VID" {
				t.Errorf("scopes %q: what was not asked for must not be granted", s.Scopes)
			}
		})
	}
}

func TestKeyRotation(t *testing.T) {
	o := startOP(t)
	a, b := newApp(t, o.url), newBrowser(t)
	b.get(a.SignInURL("/", ""))
	first := b.cookie(a, "session")
	o.keys[0] = jose.JSONWebKey{Key: newECKey(), KeyID: "ec-2", Use: "sig"}
	if end := b.get(a.SignInURL("/", "")); end.status != 200 || b.cookie(a, "session") == first {
		t.Errorf("after the rotation: %d %s\n%s", end.status, end.body, a.log)
	}
}

func TestDiscoveryOfAnotherIssuer(t *testing.T) {
	for name, lie := range map[string]func(claims){
		"issuer":                        set("issuer", "https://other.example"),
		"no issuer":                     without("issuer"),
		"endpoint that anyone can read": set("token_endpoint", "http://other.example/token"),
		"no key set":                    without("jwks_uri"),
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			o.discovery = lie
			a, b := newApp(t, o.url), newBrowser(t)
			refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeProviderUnavailable, 503)
		})
	}
}

// TestTokenEndpoint is about the one call that carries secrets.
func TestTokenEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		token  func(w http.ResponseWriter, r *http.Request) bool
		tries  int
		code   session.Code
		status int
	}{
		"redirects": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/token", http.StatusTemporaryRedirect)
			return true
		}, 1, session.CodeTokenRefused, 502},
		"refuses": {func(w http.ResponseWriter, _ *http.Request) bool {
			writeJSON(w, 400, claims{"error": "invalid_grant", "error_description": "about " + uin})
			return true
		}, 1, session.CodeTokenRefused, 502},
		"fails": {func(w http.ResponseWriter, _ *http.Request) bool {
			writeJSON(w, 500, claims{"error": "unknown_error"})
			return true
		}, 2, session.CodeProviderUnavailable, 503},
		"hangs up": {func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
			2, session.CodeProviderUnavailable, 503},
		"talks nonsense": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte("nonsense about " + uin))
			return true
		}, 1, session.CodeTokenRefused, 502},
	} {
		t.Run(name, func(t *testing.T) {
			o := startOP(t)
			o.token = c.token
			a, b := newApp(t, o.url), newBrowser(t)
			refused(t, a, b, b.get(a.SignInURL("/", "")), c.code, c.status)
			o.mu.Lock()
			defer o.mu.Unlock()
			if len(o.assertions) != c.tries {
				t.Errorf("%d tries", len(o.assertions))
			}
			if len(o.assertions) == 2 && o.assertions[0] == o.assertions[1] {
				t.Error("an assertion was used twice")
			}
			if strings.Contains(a.log.String(), uin) {
				t.Error("the log repeats the answer")
			}
		})
	}
}
