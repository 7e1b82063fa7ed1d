package esignet

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

type tokens struct {
	IDToken     string `json:"id_token"`
	TokenType   string `json:"token_type"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
}

// token exchanges an authorization code. The code ends only with success:
// after a failure it may be tried again, with a new client assertion where the
// old one had been read.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if !onlyPost(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		refuse(w, invalidRequest)
		return
	}
	answer, err := p.exchange(r.PostForm)
	if err != nil {
		refuse(w, err)
		return
	}
	noStore(w)
	writeJSON(w, http.StatusOK, answer)
}

func (p *provider) exchange(form url.Values) (tokens, error) {
	if err := checkTokenForm(form); err != nil {
		return tokens{}, err
	}
	g, ok := p.codes.get(form.Get("code"))
	if !ok {
		return tokens{}, invalidGrant
	}
	if err := g.matches(form); err != nil {
		return tokens{}, err
	}
	if err := p.authenticateClient(g.request.client, form, p.Issuer+tokenPath); err != nil {
		return tokens{}, err
	}
	resident, err := p.Resident(g.person)
	if err != nil {
		return tokens{}, dataExchangeFailed
	}
	userinfo, err := p.signUserInfo(g, resident)
	if err != nil {
		p.Log.Error("e-Signet: UserInfo not made", "client", g.request.client.ID, "error", err)
		return tokens{}, unknownError
	}
	answer, err := p.sign(g, p.subject(resident, g.request.client))
	if err != nil {
		p.Log.Error("e-Signet: tokens not made", "client", g.request.client.ID, "error", err)
		return tokens{}, unknownError
	}
	// Of two requests with one code the second comes too late here.
	if _, ok := p.codes.take(form.Get("code")); !ok {
		return tokens{}, invalidGrant
	}
	p.userinfo.add(tokenKey(answer.AccessToken), userinfo)
	return answer, nil
}

// checkTokenForm checks what needs no transaction, in e-Signet's order.
func checkTokenForm(form url.Values) error {
	switch {
	case form.Get("grant_type") != "authorization_code":
		return unsupportedGrantType
	case strings.TrimSpace(form.Get("code")) == "":
		return invalidGrant
	case form.Get("client_assertion_type") != assertionType, strings.TrimSpace(form.Get("client_assertion")) == "":
		return invalidClient
	}
	return nil
}

// matches checks the request against the authorization it continues.
func (g *grant) matches(form url.Values) error {
	if id := form.Get("client_id"); id != "" && id != g.request.client.ID {
		return invalidClientID
	}
	if form.Get("redirect_uri") != g.request.redirectURI {
		return invalidRedirectURI
	}
	if g.request.challenge == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != g.request.challenge {
		return invalidGrant
	}
	return nil
}

// tokenClaims are those of the access token and, with the last four, of the ID token.
type tokenClaims struct {
	jwt.Claims
	Azp      string           `json:"azp,omitempty"`
	ClientID string           `json:"client_id,omitempty"`
	Scope    string           `json:"scope,omitempty"`
	AuthTime *jwt.NumericDate `json:"auth_time,omitempty"`
	Nonce    string           `json:"nonce,omitempty"`
	ACR      string           `json:"acr,omitempty"`
	AtHash   string           `json:"at_hash,omitempty"`
}

// sign makes both tokens. The scope of the access token is what the resident
// left permitted of the Manage-* scopes, and is absent when that is nothing.
func (p *provider) sign(g *grant, subject string) (tokens, error) {
	now, client := time.Now(), g.request.client.ID
	common := jwt.Claims{
		Issuer: p.Issuer, Subject: subject,
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(tokenLife)),
	}
	access, err := jwt.Signed(p.keys.oidc).Claims(tokenClaims{
		Claims: common, Azp: client, ClientID: client, Scope: strings.Join(g.permitted, " "),
	}).Claims(audience{client}).Serialize()
	if err != nil {
		return tokens{}, err
	}
	half := sha256.Sum256([]byte(access))
	id, err := jwt.Signed(p.keys.oidc).Claims(tokenClaims{
		Claims: common, AuthTime: jwt.NewNumericDate(g.at), Nonce: g.request.nonce,
		ACR: g.request.acr, AtHash: base64.RawURLEncoding.EncodeToString(half[:16]),
	}).Claims(audience{client}).Serialize()
	return tokens{IDToken: id, TokenType: "Bearer", AccessToken: access, ExpiresIn: int(tokenLife.Seconds())}, err
}

// audience is a single text on the wire, where go-jose would write a list.
type audience struct {
	Audience string `json:"aud"`
}
