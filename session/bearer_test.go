package session_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/session"
)

const ours = "https://api.resident.example"

// api is an app that takes bearer tokens of two issuers: Keycloak's partners and staff, and e-Signet's residents.
type api struct {
	*app
	keycloak, esignet *op
}

func startAPI(t *testing.T, options ...option) *api {
	t.Helper()
	x := &api{keycloak: startOP(t), esignet: startOP(t)}
	options = append([]option{func(c *session.Config) {
		c.Bearer = session.BearerConfig{Audience: ours, Issuers: []session.BearerIssuer{
			{Issuer: x.keycloak.url, JWKSURL: x.keycloak.url + "/jwks", OperatorRole: "GRIEVANCE_OFFICER",
				Kinds: []session.CallerKind{session.CallerPartner, session.CallerOperator}},
			{Issuer: x.esignet.url, JWKSURL: x.esignet.url + "/jwks", UserInfoURL: x.esignet.url + "/userinfo",
				Audience: "mobile-app", Kinds: []session.CallerKind{session.CallerResident}, IssuedAtLogin: true},
		}}
	}}, options...)
	x.app = newApp(t, x.esignet.url, options...)
	return x
}

// partner is a good token of a partner, before change.
func (x *api) partner(change ...func(claims)) claims {
	now := time.Now().Unix()
	c := claims{"iss": x.keycloak.url, "aud": ours, "sub": "sub-1", "iat": now, "exp": now + 300, "typ": "Bearer",
		"azp": "partner-client", "partner_id": "mpartner-1", "scope": "shares"}
	for _, f := range change {
		f(c)
	}
	return c
}

func (x *api) resident(change ...func(claims)) claims {
	now := time.Now().Unix()
	c := claims{"iss": x.esignet.url, "aud": "mobile-app", "sub": subject, "iat": now, "exp": now + 300,
		"client_id": "mobile-app", "scope": "Manage-VID Manage-Everything"}
	for _, f := range change {
		f(c)
	}
	return c
}

// serve sends one request with these headers and returns the answer and who asked.
func (x *api) serve(header http.Header) (*httptest.ResponseRecorder, *session.Caller) {
	var caller *session.Caller
	handler := x.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { caller = session.CallerFrom(r.Context()) }))
	request := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	request.Header = header
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder, caller
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func TestBearerCallers(t *testing.T) {
	x := startAPI(t)
	staff := func(c claims) { c["realm_access"] = map[string]any{"roles": []string{"default", "GRIEVANCE_OFFICER"}} }
	for name, c := range map[string]struct {
		token string
		kind  session.CallerKind
	}{
		"partner":            {x.keycloak.sign(x.partner()), session.CallerPartner},
		"audience in a list": {x.keycloak.sign(x.partner(set("aud", []string{"account", ours}))), session.CallerPartner},
		"operator":           {x.keycloak.sign(x.partner(staff)), session.CallerOperator},
		"resident":           {x.esignet.sign(x.resident()), session.CallerResident},
		"at+jwt":             {signTyped(x.keycloak, "at+jwt", x.partner()), session.CallerPartner},
		"no typ":             {signTyped(x.keycloak, "", x.partner()), session.CallerPartner},
		"RS256":              {signWith(rsaKey(), jose.RS256, "rsa-1", x.partner()), session.CallerPartner},
		"PS256":              {signWith(rsaKey(), jose.PS256, "rsa-1", x.partner()), session.CallerPartner},
	} {
		t.Run(name, func(t *testing.T) {
			answer, caller := x.serve(bearer(c.token))
			if caller == nil || caller.Kind != c.kind || !caller.Bearer || caller.ExpiresAt.IsZero() {
				t.Fatalf("%d: %+v\n%s%s", answer.Code, caller, answer.Body, x.log)
			}
			switch c.kind {
			case session.CallerPartner:
				if caller.PartnerID != "mpartner-1" || caller.Session != nil || !caller.HasScope("shares") {
					t.Errorf("partner %+v", *caller)
				}
			case session.CallerOperator:
				if !slices.Contains(caller.Roles, "GRIEVANCE_OFFICER") || caller.PartnerID != "" {
					t.Errorf("operator %+v", *caller)
				}
			case session.CallerResident:
				s := caller.Session
				if s == nil || s.UIN != uin || s.TokenID != tokenID(uin) || s.AuthenticatedAt.IsZero() ||
					!slices.Equal(s.Scopes, []string{"Manage-VID"}) {
					t.Errorf("resident %+v", s)
				}
			}
		})
	}
}

func signTyped(o *op, typ string, c claims) string {
	options := (&jose.SignerOptions{}).WithHeader("kid", o.keys[0].KeyID)
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: o.alg, Key: o.keys[0].Key}, options)
	if err != nil {
		panic(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

func TestBearerRefused(t *testing.T) {
	x := startAPI(t)
	good := x.keycloak.sign(x.partner())
	sign := func(change ...func(claims)) string { return x.keycloak.sign(x.partner(change...)) }
	for name, token := range map[string]string{
		"nothing":                        "",
		"garbage":                        "garbage",
		"opaque":                         strings.Repeat("a", 40),
		"too long":                       sign(set("padding", strings.Repeat("a", 20_000))),
		"alg none":                       unsigned(x.partner()),
		"HS256 with the public key":      withPublicKeyAsSecret(x.partner()),
		"algorithm not on the list":      signWith(rsaKey(), jose.RS512, "rsa-1", x.partner()),
		"another's key":                  signWith(newECKey(), jose.ES256, "ec-1", x.partner()),
		"unknown kid":                    signWith(newECKey(), jose.ES256, "ec-9", x.partner()),
		"claims changed after signing":   x.keycloak.tampered(x.partner()),
		"unknown issuer":                 sign(set("iss", "https://other.example")),
		"no issuer":                      sign(without("iss")),
		"issuer with a slash":            sign(set("iss", x.keycloak.url+"/")),
		"another issuer's key":           x.esignet.sign(x.partner()),
		"other audience":                 sign(set("aud", "account")),
		"audience with a slash":          sign(set("aud", ours+"/")),
		"audience in capitals":           sign(set("aud", strings.ToUpper(ours))),
		"audience only as azp":           sign(set("aud", "account"), set("azp", ours)),
		"no audience":                    sign(without("aud")),
		"audience of the other issuer":   sign(set("aud", "mobile-app")),
		"expired":                        sign(set("exp", in(-time.Second))),
		"no exp":                         sign(without("exp")),
		"not yet valid":                  sign(set("nbf", in(2*time.Minute))),
		"no iat":                         sign(without("iat")),
		"issued in the future":           sign(set("iat", in(2*time.Minute))),
		"no subject":                     sign(without("sub")),
		"typ of a logout token":          signTyped(x.keycloak, "logout+jwt", x.partner()),
		"typ of a proof":                 signTyped(x.keycloak, "dpop+jwt", x.partner()),
		"an id token":                    sign(set("nonce", "n")),
		"an id token with at_hash":       sign(set("at_hash", "x")),
		"Keycloak's id token":            sign(set("typ", "ID")),
		"Keycloak's refresh token":       sign(set("typ", "Refresh")),
		"bound to a key":                 sign(set("cnf", map[string]any{"jkt": "x"})),
		"nobody":                         sign(without("partner_id")),
		"partner id is no text":          sign(set("partner_id", 7)),
		"role that is not the staff's":   sign(without("partner_id"), set("realm_access", map[string]any{"roles": []string{"admin"}})),
		"resident by another's word":     sign(without("partner_id"), set("individual_id", uin)),
		"partner by e-Signet's word":     x.esignet.sign(x.resident(set("partner_id", "mpartner-1"), set("sub", "1111"))),
		"resident whom nobody knows":     x.esignet.sign(x.resident(set("individual_id", "1000000000"))),
		"UserInfo about someone else":    x.esignet.sign(x.resident(set("sub", "1111"))),
		"audience of partners, resident": x.esignet.sign(x.resident(set("aud", ours))),
	} {
		t.Run(name, func(t *testing.T) {
			answer, caller := x.serve(bearer(token))
			if caller != nil || answer.Code != http.StatusUnauthorized || codeIn(t, answer) != "UNAUTHENTICATED" {
				t.Errorf("%d %s: %+v", answer.Code, answer.Body, caller)
			}
			if challenge := answer.Header().Get("WWW-Authenticate"); !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, `error="invalid_token"`) {
				t.Errorf("WWW-Authenticate: %s", challenge)
			}
			if token != "" && token != "garbage" && strings.Contains(x.log.String(), token) {
				t.Error("the log holds the token")
			}
		})
	}
	for name, header := range map[string]http.Header{
		"DPoP":       {"Authorization": {"DPoP " + good}},
		"two tokens": {"Authorization": {"Bearer " + good, "Bearer " + good}},
		"no scheme":  {"Authorization": {"Bearer"}},
	} {
		if answer, caller := x.serve(header); caller != nil || answer.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %+v", name, answer.Code, caller)
		}
	}
	if answer, caller := x.serve(http.Header{"Authorization": {"Basic dTpw"}}); caller != nil || answer.Code != http.StatusOK {
		t.Errorf("a proxy's Basic: %d %+v", answer.Code, caller)
	}
}

// TestBearerIssuerKeepsToItsKinds: a claim that another issuer may make is no more than text.
func TestBearerIssuerKeepsToItsKinds(t *testing.T) {
	x := startAPI(t, func(c *session.Config) { c.Bearer.Issuers[1].UserInfoURL = "" })
	for name, change := range map[string]func(claims){
		"partner":  set("partner_id", "mpartner-1"),
		"operator": set("realm_access", map[string]any{"roles": []string{"GRIEVANCE_OFFICER", ""}}),
	} {
		if answer, caller := x.serve(bearer(x.esignet.sign(x.resident(change)))); caller != nil || answer.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %+v", name, answer.Code, caller)
		}
	}
	if _, caller := x.serve(bearer(x.esignet.sign(x.resident(set("individual_id", uin))))); caller == nil || caller.Session.UIN != uin {
		t.Errorf("resident: %+v", caller)
	}
}

func codeIn(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct {
		Data   *json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || len(body.Errors) != 1 || body.Errors[0].Message == "" || body.Data != nil {
		t.Fatalf("%s: %v", answer.Body, err)
	}
	return body.Errors[0].Extensions.Code
}

func TestCookieAndBearer(t *testing.T) {
	x, b := startAPI(t), newBrowser(t)
	b.get(x.SignInURL("/", ""))
	for _, cookie := range []string{b.cookie(x.app, "session"), "no longer good"} {
		header := bearer(x.keycloak.sign(x.partner()))
		header.Set("Cookie", "session="+cookie)
		header.Set("Accept", "application/graphql-response+json")
		answer, caller := x.serve(header)
		if caller != nil || answer.Code != http.StatusBadRequest || codeIn(t, answer) != "INVALID" {
			t.Errorf("%d %s: %+v", answer.Code, answer.Body, caller)
		}
		if kind := answer.Header().Get("Content-Type"); kind != "application/graphql-response+json; charset=utf-8" {
			t.Errorf("Content-Type %s", kind)
		}
	}
	if !b.whoami(x.app).SignedIn {
		t.Error("the session ended")
	}
}

func TestBearerUnavailable(t *testing.T) {
	x := startAPI(t)
	x.keycloak.down = true
	answer, _ := x.serve(bearer(x.keycloak.sign(x.partner())))
	if answer.Code != http.StatusServiceUnavailable || codeIn(t, answer) != "UPSTREAM_UNAVAILABLE" || answer.Header().Get("Retry-After") == "" {
		t.Errorf("key set away: %d %s", answer.Code, answer.Body)
	}
	x.esignet.userInfo = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusBadGateway); return true }
	if answer, _ := x.serve(bearer(x.esignet.sign(x.resident()))); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("UserInfo away: %d %s", answer.Code, answer.Body)
	}
	x.esignet.userInfo = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusUnauthorized); return true }
	if answer, _ := x.serve(bearer(x.esignet.sign(x.resident()))); answer.Code != http.StatusUnauthorized {
		t.Errorf("UserInfo refuses: %d %s", answer.Code, answer.Body)
	}
	if answer, _ := x.serve(bearer(x.esignet.sign(x.resident(set("individual_id", "down"))))); answer.Code != http.StatusServiceUnavailable {
		t.Errorf("ID Repository away: %d %s", answer.Code, answer.Body)
	}
}

// TestBearerIsOffline reads a key set once, however many tokens come, good or made up.
func TestBearerIsOffline(t *testing.T) {
	x := startAPI(t)
	for range 20 {
		x.serve(bearer(x.keycloak.sign(x.partner())))
		x.serve(bearer(signWith(newECKey(), jose.ES256, "made-up", x.partner())))
	}
	x.keycloak.mu.Lock()
	defer x.keycloak.mu.Unlock()
	if x.keycloak.keyCalls != 1 {
		t.Errorf("the key set was read %d times", x.keycloak.keyCalls)
	}
}

func TestBearerResidentIsRemembered(t *testing.T) {
	x := startAPI(t)
	token := x.esignet.sign(x.resident())
	ask := func(want int) {
		t.Helper()
		if _, caller := x.serve(bearer(token)); caller == nil || caller.Session.UIN != uin || caller.Session.ID == "" {
			t.Fatalf("caller %+v", caller)
		}
		if x.esignet.infoCalls != want {
			t.Errorf("UserInfo was asked %d times, want %d", x.esignet.infoCalls, want)
		}
	}
	ask(1)
	ask(1)
	if dump := x.redis.Dump(); strings.Contains(dump, uin) || strings.Contains(dump, tokenID(uin)) || strings.Contains(dump, token) || !strings.Contains(dump, "bearer:{") {
		t.Errorf("Redis holds %s", dump)
	}
	x.redis.FastForward(31 * time.Second)
	ask(2)
	x.redis.SetError("LOADING")
	ask(3)
	x.redis.SetError("")
}

// TestBearerFreshness: only who says when the resident signed in counts as fresh.
func TestBearerFreshness(t *testing.T) {
	signedInAt := time.Now().Add(-time.Hour).Truncate(time.Second)
	refreshes := func(c *session.Config) { c.Bearer.Issuers[1].IssuedAtLogin = false }
	for name, c := range map[string]struct {
		options []option
		change  []func(claims)
		want    func(s *session.Session) bool
	}{
		"auth_time":              {nil, []func(claims){set("auth_time", signedInAt.Unix())}, func(s *session.Session) bool { return s.AuthenticatedAt.Equal(signedInAt) }},
		"issuer never refreshes": {nil, nil, func(s *session.Session) bool { return s.AuthenticatedAt.Equal(s.CreatedAt) }},
		"issuer may refresh":     {[]option{refreshes}, nil, func(s *session.Session) bool { return s.AuthenticatedAt.IsZero() }},
	} {
		x := startAPI(t, c.options...)
		if _, caller := x.serve(bearer(x.esignet.sign(x.resident(c.change...)))); caller == nil || !c.want(caller.Session) {
			t.Errorf("%s: %+v", name, caller)
		}
	}
}

func TestAuthenticateForSockets(t *testing.T) {
	t.Parallel()
	x := startAPI(t)
	token := "Bearer " + x.keycloak.sign(x.partner(set("exp", in(8*time.Second))))
	ctx, err := x.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if c := session.CallerFrom(ctx); c == nil || c.PartnerID != "mpartner-1" || session.FromContext(ctx) != nil {
		t.Errorf("caller %+v", c)
	}
	if _, err := x.Authenticate(ctx, token); !errors.Is(err, session.ErrTwoCredentials) {
		t.Errorf("a second token: %v", err)
	}
	if _, err := x.Authenticate(session.WithSession(t.Context(), &session.Session{ID: "x"}), token); !errors.Is(err, session.ErrTwoCredentials) {
		t.Errorf("beside a cookie: %v", err)
	}
	if _, err := x.Authenticate(t.Context(), "Bearer x"); !errors.Is(err, session.ErrBearerInvalid) {
		t.Errorf("garbage: %v", err)
	}
	closedWithin(t, x.Over(ctx), patience)
	if x.Over(t.Context()) != nil {
		t.Error("a visitor ends")
	}
}

func TestWithoutBearer(t *testing.T) {
	a := newApp(t, "https://esignet.example")
	if _, err := a.Authenticate(t.Context(), "Bearer "+unsigned(claims{"iss": "x"})); !errors.Is(err, session.ErrBearerInvalid) {
		t.Errorf("%v", err)
	}
}
