package esignet_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

func decode(t *testing.T, r reply, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), into); err != nil || r.status >= 300 {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
}

// refused checks the two members and the headers of a 400.
func refused(t *testing.T, name string, r reply, want, description string) {
	t.Helper()
	got := map[string]string{}
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		t.Errorf("%s: %d %s", name, r.status, r.body)
		return
	}
	if r.status != http.StatusBadRequest || got["error"] != want || got["error_description"] != description || len(got) != 2 {
		t.Errorf("%s: %d %v, want %s/%s", name, r.status, got, want, description)
	}
	if r.header.Get("Cache-Control") != "no-store" || r.header.Get("Pragma") != "no-cache" {
		t.Errorf("%s: may be cached: %v", name, r.header)
	}
}

func TestTokenRefusals(t *testing.T) {
	o := start(t)
	code := o.code(asked("rs"), known)
	for name, row := range map[string]struct {
		change             url.Values
		error, description string
	}{
		"grant type":     {url.Values{"grant_type": {"client_credentials"}}, "unsupported_grant_type", "unsupported_grant_type"},
		"no code":        {url.Values{"code": nil}, "invalid_grant", "invalid_grant"},
		"unknown code":   {url.Values{"code": {"x"}}, "invalid_grant", "invalid_grant"},
		"other client":   {url.Values{"client_id": {"plain"}}, "invalid_request", "invalid_client_id"},
		"other redirect": {url.Values{"redirect_uri": {callback + "/"}}, "invalid_request", "invalid_redirect_uri"},
		"no redirect":    {url.Values{"redirect_uri": nil}, "invalid_request", "invalid_redirect_uri"},
		"wrong verifier": {url.Values{"code_verifier": {verifier + "x"}}, "invalid_grant", "invalid_grant"},
		"no verifier":    {url.Values{"code_verifier": nil}, "invalid_grant", "invalid_grant"},
		"no assertion":   {url.Values{"client_assertion": nil}, "invalid_client", "invalid_client"},
		"assertion type": {url.Values{"client_assertion_type": {"x"}}, "invalid_client", "invalid_client"},
		"not a JWT":      {url.Values{"client_assertion": {"a.b.c"}}, "invalid_client", "invalid_client"},
	} {
		form := o.exchange("rs", code)
		maps.Copy(form, row.change)
		refused(t, name, o.token(form), row.error, row.description)
	}
	// None of these used the code up; success does.
	if r := o.token(o.exchange("rs", code)); r.status != http.StatusOK {
		t.Fatalf("good request: %d %s", r.status, r.body)
	}
	refused(t, "code again", o.token(o.exchange("rs", code)), "invalid_grant", "invalid_grant")

	if r := o.do("GET", "/v1/esignet/oauth/v2/token", nil, nil); r.status != 405 || r.body != `{"error":"invalid_request","error_description":"Method Not Allowed"}`+"\n" {
		t.Errorf("GET: %d %s", r.status, r.body)
	}
}

func TestClientAssertion(t *testing.T) {
	o := start(t)
	type change = func(map[string]any, map[jose.HeaderKey]any)
	claim := func(name string, value any) change {
		return func(c map[string]any, _ map[jose.HeaderKey]any) { c[name] = value }
	}
	header := func(name jose.HeaderKey, value any) change {
		return func(_ map[string]any, h map[jose.HeaderKey]any) { h[name] = value }
	}
	without := func(name string) change {
		return func(c map[string]any, h map[jose.HeaderKey]any) { delete(c, name); delete(h, jose.HeaderKey(name)) }
	}
	now := time.Now()
	for name, row := range map[string]struct {
		client string
		change change
		ok     bool
	}{
		"RS256":              {"rs", claim("x", 1), true},
		"no kid":             {"rs", without("kid"), true},
		"no typ":             {"rs", without("typ"), true},
		"PS256":              {"plain", header("alg", jose.PS256), true},
		"ES256":              {"es", claim("x", 1), true},
		"audience issuer":    {"rs", claim("aud", o.url), true},
		"audience list":      {"rs", claim("aud", []string{"x", o.url}), true},
		"exp in the leeway":  {"rs", claim("exp", now.Add(-2*time.Second).Unix()), true},
		"nbf in the leeway":  {"rs", claim("nbf", now.Add(3*time.Second).Unix()), true},
		"iat in the future":  {"rs", claim("iat", now.Add(time.Hour).Unix()), true},
		"PS256 for an RS256": {"rs", header("alg", jose.PS256), false},
		"RS384":              {"plain", header("alg", jose.RS384), false},
		"other kid":          {"rs", header("kid", "x"), false},
		"kid not registered": {"plain", header("kid", "x"), false},
		"typ":                {"rs", header("typ", "at+jwt"), false},
		"x5t#S256":           {"rs", header("x5t#S256", "AAAA"), false},
		"other key":          {"rs", header("key", seedkey.RSA("test", "stranger")), false},
		"HS256 on public key": {"rs", func(_ map[string]any, h map[jose.HeaderKey]any) {
			h["alg"], h["key"] = jose.HS256, []byte("0123456789abcdef0123456789abcdef")
		}, false},
		"iss":       {"rs", claim("iss", "plain"), false},
		"sub":       {"rs", claim("sub", "plain"), false},
		"aud":       {"rs", claim("aud", o.url+"/v1/esignet/oauth/par"), false},
		"no aud":    {"rs", without("aud"), false},
		"no exp":    {"rs", without("exp"), false},
		"no iat":    {"rs", without("iat"), false},
		"no jti":    {"rs", without("jti"), false},
		"blank jti": {"rs", claim("jti", " "), false},
		"expired":   {"rs", claim("exp", now.Add(-7*time.Second).Unix()), false},
		"not yet":   {"rs", claim("nbf", now.Add(time.Minute).Unix()), false},
	} {
		form := o.exchange(row.client, o.code(asked(row.client), known))
		form.Set("client_assertion", o.assertion(row.client, row.change))
		if r := o.token(form); row.ok && r.status != 200 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		} else if !row.ok {
			refused(t, name, r, "invalid_client", "invalid_client")
		}
	}
}

func TestAssertionIsGoodForOneTry(t *testing.T) {
	o := start(t)
	form := o.exchange("rs", o.code(asked("rs"), fading))
	refused(t, "data exchange", o.token(form), "invalid_request", "data_exchange_failed")
	refused(t, "same jti", o.token(form), "invalid_client", "invalid_client")
	form.Set("client_assertion", o.assertion("rs"))
	if r := o.token(form); r.status != 200 {
		t.Errorf("new assertion: %d %s", r.status, r.body)
	}
}

func TestCodeIsExchangedOnceByMany(t *testing.T) {
	o := start(t)
	code := o.code(asked("rs"), known)
	forms := make(chan url.Values, 16)
	for range cap(forms) {
		forms <- o.exchange("rs", code)
	}
	close(forms)
	var mu sync.Mutex
	var all sync.WaitGroup
	statuses := map[int]int{}
	for form := range forms {
		all.Go(func() {
			r := o.token(form)
			mu.Lock()
			defer mu.Unlock()
			statuses[r.status]++
		})
	}
	all.Wait()
	if statuses[200] != 1 || statuses[400] != 15 {
		t.Errorf("statuses %v", statuses)
	}
}

func TestPushedAuthorizationRequest(t *testing.T) {
	o := start(t)
	push := func(client string, change url.Values) reply {
		form := asked(client)
		form.Set("client_assertion_type", jwtBearer)
		form.Set("client_assertion", o.assertion(client, func(c map[string]any, _ map[jose.HeaderKey]any) {
			c["aud"] = o.url + "/v1/esignet/oauth/par"
		}))
		maps.Copy(form, change)
		return o.do("POST", "/v1/esignet/oauth/par", form, nil)
	}
	pushed := func() url.Values {
		r := push("rs", nil)
		var answer struct {
			RequestURI string `json:"request_uri"`
			ExpiresIn  int    `json:"expires_in"`
		}
		decode(t, r, &answer)
		if r.status != 201 || answer.ExpiresIn != 60 || len(answer.RequestURI) != len("urn:ietf:params:oauth:request_uri:")+43 {
			t.Fatalf("%d %+v", r.status, answer)
		}
		return url.Values{"client_id": {"rs"}, "request_uri": {answer.RequestURI}}
	}
	q := pushed()
	if location := o.login(o.authorize(q).field(t, "transaction"), known, "111111", nil).location(t); location.Get("state") != "st-1" {
		t.Errorf("redirect %v", location)
	}
	if r := o.authorize(q); r.shown() != "invalid_request" {
		t.Errorf("second use: %d %q", r.status, r.shown())
	}
	q = pushed()
	foreign := url.Values{"client_id": {"plain"}, "request_uri": q["request_uri"]}
	if r := o.authorize(foreign); r.shown() != "invalid_request" {
		t.Errorf("other client: %d %q", r.status, r.shown())
	}
	if r := o.authorize(q); r.shown() != "invalid_request" {
		t.Errorf("after another client's try: %d %q", r.status, r.shown())
	}
	if location := o.login(o.authorize(pushed()).field(t, "transaction"), "", "", url.Values{"action": {"deny"}}).location(t); location.Get("state") != "null" {
		t.Errorf("state of an error after PAR: %v", location)
	}
	for name, row := range map[string]struct {
		change             url.Values
		error, description string
	}{
		"client":      {url.Values{"client_id": {"nobody"}}, "invalid_request", "invalid_client_id"},
		"assertion":   {url.Values{"client_assertion": {"x"}}, "invalid_client", "invalid_client"},
		"redirect":    {url.Values{"redirect_uri": {"https://elsewhere.example"}}, "invalid_request", "invalid_redirect_uri"},
		"scope":       {url.Values{"scope": {"x"}}, "invalid_scope", "invalid_scope"},
		"request_uri": {url.Values{"request_uri": {"urn:x"}}, "invalid_request", "invalid_request"},
	} {
		refused(t, name, push("rs", row.change), row.error, row.description)
	}
	if r := o.do("GET", "/v1/esignet/oauth/par", nil, nil); r.status != 405 {
		t.Errorf("GET: %d", r.status)
	}
}

// Hours pass at once here, so the handler is called without a network.
func TestLifetimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOP(t, "http://esignet.test")
		q := asked("rs")
		page := o.authorize(q)
		time.Sleep(301 * time.Second)
		late := o.login(page.field(t, "transaction"), known, "111111", nil).location(t)
		if late.Get("error") != "transaction_timeout" || late.Has("code") {
			t.Errorf("late login: %v", late)
		}
		page = o.authorize(asked("rs"))
		time.Sleep(601 * time.Second)
		if r := o.login(page.field(t, "transaction"), known, "111111", nil); r.shown() != "invalid_transaction" {
			t.Errorf("forgotten login: %d %q", r.status, r.shown())
		}

		code := o.code(asked("rs"), known)
		time.Sleep(301 * time.Second)
		refused(t, "late code", o.token(o.exchange("rs", code)), "invalid_grant", "invalid_grant")

		access := o.tokens(asked("rs"), known).AccessToken
		time.Sleep(3599 * time.Second)
		if r := o.userinfo(access); r.status != 200 {
			t.Errorf("UserInfo before the end: %d", r.status)
		}
		time.Sleep(2 * time.Second)
		if r := o.userinfo(access); r.header.Get("WWW-Authenticate") != `error="invalid_token"` {
			t.Errorf("UserInfo after the end: %d", r.status)
		}

		if r := o.authorize(q); r.shown() != "invalid_request" {
			t.Errorf("nonce within 24 h: %d %q", r.status, r.shown())
		}
		time.Sleep(24 * time.Hour)
		if r := o.authorize(q); r.status != 200 {
			t.Errorf("nonce after 24 h: %d %q", r.status, r.shown())
		}
	})
}
