package sandbox_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/sandbox"
)

const (
	redirectURI = "http://localhost:8080/auth/callback"
	verifier    = "a-verifier-that-is-long-enough-for-the-standard-1"
)

// visit requests an address without following where it leads.
func visit(t *testing.T, send func(*http.Client) (*http.Response, error)) (*http.Response, string) {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := send(browser)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// signIn fills in the form and returns the answer to it.
func signIn(c *client, individualID, otp string) (*http.Response, string) {
	c.t.Helper()
	challenge := sha256.Sum256([]byte(verifier))
	_, form := visit(c.t, func(browser *http.Client) (*http.Response, error) {
		return browser.Get(c.box.URL() + "/authorize?" + url.Values{
			"client_id": {c.box.Environment()["OIDC_CLIENT_ID"]}, "redirect_uri": {redirectURI}, "response_type": {"code"},
			"scope": {"openid profile Manage-VID"}, "state": {"state"}, "nonce": {uuid.NewString()},
			"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
			"claims": {`{"userinfo":{"name":{"essential":true},"picture":{"essential":true},"individual_id":{"essential":true}}}`},
		}.Encode())
	})
	transaction := regexp.MustCompile(`name="transaction" value="([^"]+)"`).FindStringSubmatch(form)
	if transaction == nil {
		c.t.Fatalf("no form: %s", form)
	}
	return visit(c.t, func(browser *http.Client) (*http.Response, error) {
		return browser.PostForm(c.box.URL()+"/authorize", url.Values{
			"transaction": {transaction[1]}, "individualId": {individualID}, "otp": {otp},
		})
	})
}

// exchange swaps a code for an access token with the key of the environment.
func exchange(c *client, code string) string {
	c.t.Helper()
	env := c.box.Environment()
	block, _ := pem.Decode([]byte(env["OIDC_CLIENT_KEY"]))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		c.t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: env["OIDC_CLIENT_KEY_ID"]},
	}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	endpoint := c.box.URL() + "/v1/esignet/oauth/v2/token"
	assertion, err := jwt.Signed(signer).Claims(jwt.Claims{
		ID: uuid.NewString(), Issuer: env["OIDC_CLIENT_ID"], Subject: env["OIDC_CLIENT_ID"],
		Audience: jwt.Audience{endpoint}, IssuedAt: jwt.NewNumericDate(time.Now()),
		Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute)),
	}).Serialize()
	if err != nil {
		c.t.Fatal(err)
	}
	_, body := visit(c.t, func(browser *http.Client) (*http.Response, error) {
		return browser.PostForm(endpoint, url.Values{
			"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
		})
	})
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || tokens.AccessToken == "" {
		c.t.Fatalf("no token: %s", body)
	}
	return tokens.AccessToken
}

func TestSignIn(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	heard := subscribe(c, "AUTHENTICATION_TRANSACTION_STATUS")
	answered, _ := signIn(c, p.vid("PERPETUAL"), "111111")
	back, err := url.Parse(answered.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != "state" {
		t.Fatalf("sent back to %q", answered.Header.Get("Location"))
	}
	token := exchange(c, back.Query().Get("code"))
	userinfo := c.send(http.MethodGet, "/v1/esignet/oidc/userinfo", nil, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+token)
	})
	signed, err := jwt.ParseSigned(userinfo.body, []jose.SignatureAlgorithm{jose.PS256, jose.RS256})
	if err != nil {
		t.Fatalf("userinfo: %v %s", err, userinfo.body)
	}
	var claims struct {
		IndividualID string `json:"individual_id"`
		Name         string `json:"name"`
		Picture      string `json:"picture"`
	}
	if err := signed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	if claims.IndividualID != p.vid("PERPETUAL") || claims.Name != p.Names["eng"] || len(claims.Picture) < 1000 {
		t.Errorf("got %s %s, a picture of %d", claims.IndividualID, claims.Name, len(claims.Picture))
	}

	// IDA tells of it, under the token that stands for the resident.
	told := heard.next(t).Event
	want := fmt.Sprintf("%X", sha256.Sum256([]byte(p.vid("PERPETUAL"))))
	if told.Data.StatusCode != "Y" || told.Data.AuthtypeCode != "OTP-AUTH" || told.Data.IndividualID != want ||
		told.Data.EntityID != "resident-graph" || len(told.Data.TokenID) != 36 || told.TransactionID == "" {
		t.Errorf("IDA says %+v", told)
	}
	var history struct {
		AuthTransactions []struct{ TransactionID, StatusCode string }
	}
	c.into(c.get("/idauthentication/v1/internal/authTransactions/individualId/"+p.UIN), &history)
	if len(history.AuthTransactions) != 1 || history.AuthTransactions[0].TransactionID != told.Data.TransactionID {
		t.Errorf("history: %+v", history)
	}
}

func TestSignInIsRefused(t *testing.T) {
	c := start(t, sandbox.Options{})
	heard := subscribe(c, "AUTHENTICATION_TRANSACTION_STATUS")
	if answered, _ := signIn(c, c.people()[0].UIN, "123456"); answered.Header.Get("Location") != "" {
		t.Errorf("a wrong OTP leads to %s", answered.Header.Get("Location"))
	}
	if told := heard.next(t).Event.Data; told.StatusCode != "N" || told.TokenID == "UNKNOWN" {
		t.Errorf("a wrong OTP: %+v", told)
	}
	for name, id := range map[string]string{"deactivated": c.somebody("DEACTIVATED").UIN, "nobody": "4752553412"} {
		if answered, _ := signIn(c, id, "111111"); answered.Header.Get("Location") != "" {
			t.Errorf("%s leads to %s", name, answered.Header.Get("Location"))
		}
	}
}

func TestPartnerAuthenticatesWithAVID(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	authenticate := func() (outcome struct{ StatusCode, StatusComment string }) {
		c.control(http.MethodPost, "/sandbox/authenticate", map[string]any{
			"individualId": p.vid("ONETIMEUSE"), "partnerId": "mpartner-default-bank", "authType": "FACE-AUTH",
		}, &outcome)
		return outcome
	}
	for n, want := range []string{"Y", "Y", "N"} { // the policy allows two transactions
		if got := authenticate(); got.StatusCode != want {
			t.Errorf("transaction %d: %+v", n+1, got)
		}
	}
	var history struct {
		AuthTransactions []struct{ EntityName, ReferenceIDType string }
	}
	c.into(c.get("/idauthentication/v1/internal/authTransactions/individualId/"+p.UIN+"?pageFetch=1&pageStart=2"), &history)
	if len(history.AuthTransactions) != 1 || history.AuthTransactions[0].EntityName != "Example Savings Bank" {
		t.Errorf("second of three: %+v", history)
	}
	for path, code := range map[string]string{"123": "IDA-MLC-009", "4752553412": "IDA-MLC-018", p.UIN + "?pageStart=0": "IDA-MLC-009"} {
		if a := c.get("/idauthentication/v1/internal/authTransactions/individualId/" + path); a.codes() != code {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}
