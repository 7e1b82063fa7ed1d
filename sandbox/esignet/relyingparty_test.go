package esignet_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/resident-graph/resident-graph/sandbox/esignet"
	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

const (
	callback = "http://localhost:8080/auth/callback"
	known    = "5134067298"
	second   = "7318062954" // another id of the same person
	bare     = "2046193857" // a person without e-mail, phone and picture
	blocked  = "9000000001"
	fading   = "9000000002" // there at login, gone at the exchange
	broken   = "9000000003"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	manage   = "Manage-Identity-Data Manage-VID Manage-Authentication Manage-Service-Requests Manage-Credentials"
)

// op is a running provider and the relying parties registered with it.
type op struct {
	t       *testing.T
	url     string
	handler http.Handler // set when there is no server
	keys    map[string]any

	mu       sync.Mutex
	attempts []string
}

// start serves the provider over HTTP.
func start(t *testing.T) *op {
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	o := newOP(t, url)
	server.Config.Handler, o.handler = o.handler, nil
	server.Start()
	t.Cleanup(server.Close)
	return o
}

func newOP(t *testing.T, url string) *op {
	private := seedkey.RSA("test", "client")
	elliptic := seedkey.EC("test", "client")
	o := &op{t: t, url: url, keys: map[string]any{
		"rs": private, "plain": private, "es": elliptic, "jwe": private, "other": private,
	}}
	encryption := jose.JSONWebKey{Key: private.Public(), KeyID: "enc-1"}
	uris := []string{callback}
	fadingSeen := 0
	o.handler = esignet.New(esignet.Config{
		Issuer: url, Seed: "test",
		Clients: []esignet.Client{
			{ID: "rs", Key: jose.JSONWebKey{Key: private.Public(), KeyID: "kid-rs", Algorithm: "RS256", Use: "sig"}, RedirectURIs: uris},
			{ID: "plain", Key: jose.JSONWebKey{Key: private.Public()}, RedirectURIs: uris},
			{ID: "es", Key: jose.JSONWebKey{Key: elliptic.Public(), KeyID: "kid-es"}, RedirectURIs: uris},
			{ID: "jwe", Key: jose.JSONWebKey{Key: private.Public(), KeyID: "kid-rs"}, RedirectURIs: uris, UserInfoJWE: true, EncryptionKey: &encryption},
			{ID: "other", Key: jose.JSONWebKey{Key: private.Public()}, RedirectURIs: uris},
		},
		Resident: func(id string) (esignet.Resident, error) {
			r := esignet.Resident{IndividualID: id, Subject: "person-1", Name: "Asha Kumar", Email: "asha@example.org",
				Phone: "9000000001", Picture: []byte("\xff\xd8picture"), Names: map[string]string{"en": "Asha Kumar", "fr": "Asha Koumar"}}
			switch id {
			case known, second:
				return r, nil
			case bare:
				return esignet.Resident{IndividualID: id, Subject: "person-2", Name: "Ravi"}, nil
			case blocked:
				return esignet.Resident{}, fmt.Errorf("deactivated: %w", esignet.ErrBlocked)
			case fading:
				if fadingSeen++; fadingSeen == 2 {
					return esignet.Resident{}, esignet.ErrBlocked
				}
				return r, nil
			case broken:
				return esignet.Resident{}, io.ErrUnexpectedEOF
			}
			return esignet.Resident{}, esignet.ErrUnknown
		},
		Authenticated: func(id, client string, ok bool) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.attempts = append(o.attempts, fmt.Sprint(id, " ", client, " ", ok))
		},
	})
	return o
}

type reply struct {
	status int
	header http.Header
	body   string
}

// location is the redirect's query.
func (r reply) location(t *testing.T) url.Values {
	t.Helper()
	target, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != http.StatusFound || !strings.HasPrefix(target.String(), callback+"?") {
		t.Fatalf("status %d to %q, want a redirect to the client; page: %s", r.status, target, r.shown())
	}
	return target.Query()
}

// shown is the code on the page.
func (r reply) shown() string {
	if m := regexp.MustCompile(`role="alert".*<code>(\w+)</code>`).FindStringSubmatch(r.body); m != nil {
		return m[1]
	}
	return ""
}

func (r reply) field(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`<input type="hidden" name="` + name + `" value="([^"]+)">`).FindStringSubmatch(r.body)
	if m == nil {
		t.Fatalf("status %d, no field %s on the page: %s", r.status, name, r.shown())
	}
	return html.UnescapeString(m[1])
}

func (o *op) do(method, path string, form url.Values, header http.Header) reply {
	o.t.Helper()
	request, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	maps.Copy(request.Header, header)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	var response *http.Response
	if o.handler != nil {
		recorder := httptest.NewRecorder()
		request.RequestURI = request.URL.RequestURI()
		o.handler.ServeHTTP(recorder, request)
		response = recorder.Result()
	} else if response, err = http.DefaultTransport.RoundTrip(request); err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

// asked is a good authorization request of a client, with a new nonce.
func asked(client string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{
		"client_id": {client}, "redirect_uri": {callback}, "response_type": {"code"}, "state": {"st-1"},
		"nonce": {rand.Text()}, "scope": {"openid profile " + manage},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
		"claims": {`{"userinfo":{"name":{"essential":true},"picture":null,"email":{"essential":true},"phone_number":null,"individual_id":{"essential":true}}}`},
	}
}

func (o *op) authorize(q url.Values) reply { return o.do("GET", "/authorize?"+q.Encode(), nil, nil) }

func (o *op) login(transaction, id, otp string, more url.Values) reply {
	form := url.Values{"transaction": {transaction}, "individualId": {id}, "otp": {otp}}
	maps.Copy(form, more)
	return o.do("POST", "/authorize", form, nil)
}

// code signs a person in and returns the authorization code.
func (o *op) code(q url.Values, id string) string {
	o.t.Helper()
	return o.login(o.authorize(q).field(o.t, "transaction"), id, "111111", nil).location(o.t).Get("code")
}

// assertion is a good client assertion, changed by each of the functions.
func (o *op) assertion(client string, change ...func(map[string]any, map[jose.HeaderKey]any)) string {
	o.t.Helper()
	header := map[jose.HeaderKey]any{"typ": "JWT"}
	algorithm := jose.RS256
	switch client {
	case "rs", "jwe":
		header["kid"] = "kid-rs"
	case "es":
		header["kid"], algorithm = "kid-es", jose.ES256
	}
	claims := map[string]any{
		"iss": client, "sub": client, "aud": o.url + "/v1/esignet/oauth/v2/token", "jti": rand.Text(),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}
	for _, f := range change {
		f(claims, header)
	}
	if a, ok := header["alg"]; ok {
		algorithm = a.(jose.SignatureAlgorithm)
		delete(header, "alg")
	}
	key := o.keys[client]
	if k, ok := header["key"]; ok {
		key = k
		delete(header, "key")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		o.t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// exchange is a good token request.
func (o *op) exchange(client, code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "client_id": {client}, "redirect_uri": {callback},
		"code_verifier": {verifier}, "client_assertion_type": {jwtBearer}, "client_assertion": {o.assertion(client)},
	}
}

func (o *op) token(form url.Values) reply {
	return o.do("POST", "/v1/esignet/oauth/v2/token", form, nil)
}

type tokenAnswer struct {
	IDToken     string `json:"id_token"`
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

// tokens signs a person in and exchanges the code.
func (o *op) tokens(q url.Values, id string) tokenAnswer {
	o.t.Helper()
	client := q.Get("client_id")
	r := o.token(o.exchange(client, o.code(q, id)))
	var answer tokenAnswer
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil || r.status != http.StatusOK {
		o.t.Fatalf("status %d: %s", r.status, r.body)
	}
	return answer
}

func (o *op) userinfo(accessToken string) reply {
	return o.do("GET", "/v1/esignet/oidc/userinfo", nil, http.Header{"Authorization": {"Bearer " + accessToken}})
}

// verified returns the claims of a JWS by a key of the JWKS, and the key's kid.
func (o *op) verified(jws string) (map[string]any, string) {
	o.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(o.do("GET", "/.well-known/jwks.json", nil, nil).body), &set); err != nil {
		o.t.Fatal(err)
	}
	token, err := jwt.ParseSigned(jws, []jose.SignatureAlgorithm{jose.PS256})
	if err != nil {
		o.t.Fatal(err)
	}
	kid := token.Headers[0].KeyID
	if len(set.Key(kid)) != 1 {
		o.t.Fatalf("kid %q is not in the JWKS", kid)
	}
	claims := map[string]any{}
	if err := token.Claims(set.Key(kid)[0].Key.(*rsa.PublicKey), &claims); err != nil {
		o.t.Fatal(err)
	}
	return claims, kid
}
