package esignet_test

import (
	"crypto/rsa"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// A library of others accepts the provider: discovery, keys and ID token.
func TestSignInWithGoOIDC(t *testing.T) {
	o := start(t)
	provider, err := oidc.NewProvider(t.Context(), o.url)
	if err != nil {
		t.Fatal(err)
	}
	q := asked("rs")
	answer := o.tokens(q, known)
	verifier := provider.Verifier(&oidc.Config{ClientID: "rs", SupportedSigningAlgs: []string{oidc.PS256}})
	id, err := verifier.Verify(t.Context(), answer.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.VerifyAccessToken(answer.AccessToken); err != nil {
		t.Error(err)
	}
	if id.Nonce != q.Get("nonce") {
		t.Errorf("nonce %q", id.Nonce)
	}
	if answer.TokenType != "Bearer" || answer.ExpiresIn != 3600 {
		t.Errorf("answer %+v", answer)
	}
}

func TestTokensAndUserInfo(t *testing.T) {
	o := start(t)
	answer := o.tokens(asked("rs"), known)
	access, accessKid := o.verified(answer.AccessToken)
	id, idKid := o.verified(answer.IDToken)
	reply := o.userinfo(answer.AccessToken)
	info, infoKid := o.verified(reply.body)

	for name, row := range map[string]struct{ got, want any }{
		"access scope":     {access["scope"], manage},
		"access aud":       {access["aud"], "rs"},
		"access azp":       {access["azp"], "rs"},
		"access client_id": {access["client_id"], "rs"},
		"access iss":       {access["iss"], o.url},
		"access life":      {access["exp"].(float64) - access["iat"].(float64), 3600.0},
		"id aud":           {id["aud"], "rs"},
		"id acr":           {id["acr"], "mosip:idp:acr:generated-code"},
		"id sub":           {id["sub"], access["sub"]},
		"info sub":         {info["sub"], access["sub"]},
		"info id":          {info["individual_id"], known},
		"info name":        {info["name"], "Asha Kumar"},
		"info email":       {info["email"], "asha@example.org"},
		"info phone":       {info["phone_number"], "9000000001"},
		"info picture":     {info["picture"], "data:image/jpeg;base64,/9hwaWN0dXJl"},
		"info members":     {len(info), 6}, // no iss, aud, exp, iat
		"info type":        {reply.header.Get("Content-Type"), "application/jwt"},
		"one token key":    {accessKid, idKid},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %v, want %v", name, row.got, row.want)
		}
	}
	if infoKid == idKid {
		t.Error("UserInfo is signed with the key of the tokens")
	}
	if _, ok := id["auth_time"].(float64); !ok {
		t.Error("no auth_time")
	}
	if want := []string{known + " rs true"}; !slices.Equal(o.attempts, want) {
		t.Errorf("attempts %v, want %v", o.attempts, want)
	}
}

func TestSubjectIsPairwise(t *testing.T) {
	o := start(t)
	subject := func(client, id string) any {
		claims, _ := o.verified(o.tokens(asked(client), id).AccessToken)
		return claims["sub"]
	}
	uin, vid, elsewhere, somebody := subject("rs", known), subject("rs", second), subject("plain", known), subject("rs", bare)
	if uin != vid {
		t.Error("two ids of one person have two subjects")
	}
	if uin == elsewhere || uin == somebody {
		t.Error("subjects of two clients or of two people are equal")
	}
}

func TestUserInfoTellsOnlyWhatIsAskedAndThere(t *testing.T) {
	o := start(t)
	for name, row := range map[string]struct {
		person string
		change url.Values
		want   []string
	}{
		"no data, no claim": {bare, nil, []string{"individual_id", "name", "sub"}},
		"claims alone":      {known, url.Values{"scope": {"openid"}, "claims": {`{"userinfo":{"email":null}}`}}, []string{"email", "sub"}},
		"scopes alone":      {known, url.Values{"scope": {"openid email phone address"}, "claims": nil}, []string{"email", "phone_number", "sub"}},
		"openid alone":      {known, url.Values{"scope": {"openid"}, "claims": nil}, []string{"sub"}},
		"unknown claim":     {known, url.Values{"scope": {"openid"}, "claims": {`{"userinfo":{"shoe_size":null}}`}}, []string{"sub"}},
		"two languages":     {known, url.Values{"scope": {"openid"}, "claims": {`{"userinfo":{"name":null}}`}, "claims_locales": {"eng EN fr-FR"}}, []string{"name#en", "name#fr", "sub"}},
		"one language":      {known, url.Values{"scope": {"openid"}, "claims": {`{"userinfo":{"name":null}}`}, "claims_locales": {"ar fr"}}, []string{"name", "sub"}},
	} {
		q := asked("rs")
		for k, v := range row.change {
			q[k] = v
		}
		info, _ := o.verified(o.userinfo(o.tokens(q, row.person).AccessToken).body)
		var got []string
		for claim := range info {
			got = append(got, claim)
		}
		slices.Sort(got)
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: claims %v, want %v", name, got, row.want)
		}
		if name == "one language" && info["name"] != "Asha Koumar" {
			t.Errorf("name %v is not the French one", info["name"])
		}
	}
}

func TestUserInfoAsJWE(t *testing.T) {
	o := start(t)
	body := o.userinfo(o.tokens(asked("jwe"), known).AccessToken).body
	inner, err := jose.ParseEncryptedCompact(body, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		t.Fatal(err)
	}
	if inner.Header.KeyID != "enc-1" {
		t.Errorf("kid %q", inner.Header.KeyID)
	}
	jws, err := inner.Decrypt(o.keys["jwe"].(*rsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := o.verified(string(jws)); info["individual_id"] != known {
		t.Errorf("claims %v", info)
	}
}

func TestUserInfoRefusals(t *testing.T) {
	o := start(t)
	good := o.tokens(asked("rs"), known).AccessToken
	for name, row := range map[string]struct {
		method string
		header http.Header
		status int
		why    string
	}{
		"no header":       {"GET", http.Header{}, 401, "missing_header"},
		"one part":        {"GET", http.Header{"Authorization": {good}}, 401, "unknown_error"},
		"unknown token":   {"GET", http.Header{"Authorization": {"Bearer x" + good}}, 401, "invalid_token"},
		"wrong method":    {"POST", http.Header{"Authorization": {"Bearer " + good}}, 405, "unknown_error"},
		"wrong accept":    {"GET", http.Header{"Authorization": {"Bearer " + good}, "Accept": {"application/json"}}, 406, "unknown_error"},
		"any scheme":      {"GET", http.Header{"Authorization": {"DPoP " + good}}, 200, ""},
		"accept jwt":      {"GET", http.Header{"Authorization": {"Bearer " + good}, "Accept": {"text/html, application/jwt;q=0.5"}}, 200, ""},
		"accept anything": {"GET", http.Header{"Authorization": {"Bearer " + good}, "Accept": {"*/*"}}, 200, ""},
	} {
		r := o.do(row.method, "/v1/esignet/oidc/userinfo", nil, row.header)
		want := ""
		if row.why != "" {
			want = `error="` + row.why + `"`
		}
		if r.status != row.status || r.header.Get("WWW-Authenticate") != want || want != "" && r.body != "" {
			t.Errorf("%s: %d %s %q", name, r.status, r.header.Get("WWW-Authenticate"), r.body)
		}
	}
}

func TestDiscoveryIsReadByAnybody(t *testing.T) {
	o := start(t)
	for _, path := range []string{
		"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json",
		"/v1/esignet/oauth/.well-known/jwks.json",
	} {
		r := o.do("GET", path, nil, nil)
		if r.status != 200 || r.header.Get("Access-Control-Allow-Origin") != "*" || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %v", path, r.status, r.header)
		}
		for _, absent := range []string{"end_session_endpoint", "revocation_endpoint", "dpop", `"d"`} {
			if strings.Contains(r.body, absent) {
				t.Errorf("%s has %s", path, absent)
			}
		}
	}
}
