package session_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const subject = "2873918273918273918273918273"

type claims = map[string]any

// op is an OpenID provider that lies as a test tells it to. Left alone it is right.
type op struct {
	t    *testing.T
	url  string
	keys []jose.JSONWebKey // private; the first signs
	alg  jose.SignatureAlgorithm

	discovery func(document claims)
	answer    func(query url.Values)             // of the authorization endpoint
	idToken   func(claims claims)                // before it is signed
	access    func(claims claims)                //
	info      func(claims claims)                //
	signID    func(claims claims) string         // instead of the right signature
	signInfo  func(claims claims) (mt, b string) // instead of a JWS
	tokens    func(response claims)
	token     func(w http.ResponseWriter, r *http.Request) bool // instead of the token endpoint
	push      func(w http.ResponseWriter, r *http.Request)      // pushed authorization requests
	userInfo  func(w http.ResponseWriter, r *http.Request) bool // instead of UserInfo
	jwks      func(w http.ResponseWriter) bool                  // instead of the key set
	down      bool

	mu         sync.Mutex
	nonce      string
	challenge  string
	codes      map[string]bool
	assertions []string
	issued     []string // every code and token
	authorize  url.Values
	infoCalls  int
	keyCalls   int
	pushed     map[string]url.Values
}

func startOP(t *testing.T) *op {
	t.Helper()
	o := &op{t: t, alg: jose.ES256, codes: map[string]bool{}, keys: []jose.JSONWebKey{
		{Key: newECKey(), KeyID: "ec-1", Use: "sig"}, {Key: rsaKey(), KeyID: "rsa-1", Use: "sig"},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", o.serveDiscovery)
	mux.HandleFunc("GET /jwks", o.serveKeys)
	mux.HandleFunc("GET /authorize", o.serveAuthorize)
	mux.HandleFunc("POST /token", o.serveToken)
	mux.HandleFunc("POST /par", func(w http.ResponseWriter, r *http.Request) { o.push(w, r) })
	mux.HandleFunc("GET /userinfo", o.serveUserInfo)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func (o *op) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	document := claims{
		"issuer": o.url, "authorization_endpoint": o.url + "/authorize", "token_endpoint": o.url + "/token",
		"userinfo_endpoint": o.url + "/userinfo", "jwks_uri": o.url + "/jwks",
		"id_token_signing_alg_values_supported": []string{"none", "HS256", "RS256", "PS256", "ES256"},
	}
	if o.discovery != nil {
		o.discovery(document)
	}
	writeJSON(w, http.StatusOK, document)
}

func (o *op) serveKeys(w http.ResponseWriter, _ *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keyCalls++
	if o.jwks != nil && o.jwks(w) {
		return
	}
	set := jose.JSONWebKeySet{}
	for _, key := range o.keys {
		set.Keys = append(set.Keys, key.Public())
	}
	writeJSON(w, http.StatusOK, set)
}

func (o *op) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.authorize = r.URL.Query()
	if pushed, ok := o.pushed[o.authorize.Get("request_uri")]; ok {
		o.authorize = pushed
	}
	o.nonce, o.challenge = o.authorize.Get("nonce"), o.authorize.Get("code_challenge")
	code := "code-" + o.authorize.Get("state")[:16]
	o.codes[code] = true
	o.issued = append(o.issued, code)
	query := url.Values{"code": {code}, "state": {o.authorize.Get("state")}, "iss": {o.url}}
	if o.answer != nil {
		o.answer(query)
	}
	http.Redirect(w, r, o.authorize.Get("redirect_uri")+"?"+query.Encode(), http.StatusFound)
}

func (o *op) serveToken(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.assertions = append(o.assertions, r.PostFormValue("client_assertion"))
	if o.token != nil && o.token(w, r) {
		return
	}
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !o.codes[r.PostFormValue("code")] || base64.RawURLEncoding.EncodeToString(sum[:]) != o.challenge {
		writeJSON(w, http.StatusBadRequest, claims{"error": "invalid_grant"})
		return
	}
	delete(o.codes, r.PostFormValue("code"))
	response := o.makeTokens()
	if o.tokens != nil {
		o.tokens(response)
	}
	writeJSON(w, http.StatusOK, response)
}

func (o *op) makeTokens() claims {
	now := time.Now().Unix()
	common := claims{"iss": o.url, "sub": subject, "aud": clientID, "iat": now, "exp": now + 3600}
	accessClaims := maps.Clone(common)
	accessClaims["azp"], accessClaims["scope"] = clientID, "Manage-VID Manage-Everything"
	if o.access != nil {
		o.access(accessClaims)
	}
	access := o.sign(accessClaims)
	half := sha256.Sum256([]byte(access))
	idClaims := maps.Clone(common)
	idClaims["nonce"], idClaims["acr"] = o.nonce, "mosip:idp:acr:generated-code"
	idClaims["at_hash"] = base64.RawURLEncoding.EncodeToString(half[:16])
	if o.idToken != nil {
		o.idToken(idClaims)
	}
	var id string
	if o.signID != nil {
		id = o.signID(idClaims)
	} else {
		id = o.sign(idClaims)
	}
	o.issued = append(o.issued, access, id)
	return claims{"access_token": access, "id_token": id, "token_type": "Bearer", "expires_in": 3600}
}

func (o *op) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.infoCalls++
	if o.userInfo != nil && o.userInfo(w, r) {
		return
	}
	infoClaims := claims{"sub": subject, "individual_id": uin, "name": "Asha Kumar"}
	if o.info != nil {
		o.info(infoClaims)
	}
	mediaType, body := "application/jwt", o.sign(infoClaims)
	if o.signInfo != nil {
		mediaType, body = o.signInfo(infoClaims)
	}
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write([]byte(body))
}

func (o *op) sign(c claims) string { return signWith(o.keys[0].Key, o.alg, o.keys[0].KeyID, c) }

func signWith(key any, alg jose.SignatureAlgorithm, keyID string, c claims) string {
	options := (&jose.SignerOptions{}).WithType("JWT")
	if keyID != "" {
		options = options.WithHeader("kid", keyID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		panic(err)
	}
	token, err := jwt.Signed(signer).Claims(c).Serialize()
	if err != nil {
		panic(err)
	}
	return token
}

// unsigned is a token with alg none.
func unsigned(c claims) string { return parts(claims{"alg": "none", "typ": "JWT"}, c) + "." }

// withPublicKeyAsSecret is an HS256 token whose secret is the RSA public key.
func withPublicKeyAsSecret(c claims) string {
	der, err := x509.MarshalPKIXPublicKey(rsaKey().Public())
	if err != nil {
		panic(err)
	}
	signed := parts(claims{"alg": "HS256", "typ": "JWT", "kid": "rsa-1"}, c)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// tampered is a rightly signed token whose claims were changed afterwards.
func (o *op) tampered(c claims) string {
	signature := o.sign(c)[strings.LastIndexByte(o.sign(c), '.'):]
	c["sub"] = "1111111111111111111111111111"
	return parts(claims{"alg": string(o.alg), "typ": "JWT", "kid": o.keys[0].KeyID}, c) + signature
}

func parts(header, c claims) string {
	encode := func(v claims) string {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return encode(header) + "." + encode(c)
}
