package esignet

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// authorization is an authorization request that has passed every check.
type authorization struct {
	client      *Client
	redirectURI string
	state       string
	nonce       string
	pushed      bool     // came through PAR
	scopes      []string // the Manage-* scopes asked for, in their order
	claims      []string // the UserInfo claims asked for
	locales     []string // of the claims, two letters each
	acr         string   // what a login with the form will amount to
	challenge   string   // PKCE, S256; empty without
}

// parse checks an authorization request, whether from the browser or from PAR,
// and marks its nonce used. The error is a code.
func (p *provider) parse(q url.Values) (authorization, error) {
	client, ok := p.clients[q.Get("client_id")]
	if !ok {
		return authorization{}, invalidClientID
	}
	a := authorization{
		client:      client,
		redirectURI: q.Get("redirect_uri"),
		state:       q.Get("state"),
		nonce:       strings.TrimSpace(q.Get("nonce")),
		locales:     languages(q.Get("claims_locales")),
		challenge:   q.Get("code_challenge"),
	}
	if !slices.Contains(client.RedirectURIs, a.redirectURI) {
		return authorization{}, invalidRedirectURI
	}
	for _, check := range []func(url.Values) error{a.checkWords, a.readScopes, a.readClaims, a.checkPKCE} {
		if err := check(q); err != nil {
			return authorization{}, err
		}
	}
	// Last, so that a request refused for another reason may come again.
	if a.nonce != "" && !p.nonces.add(a.nonce, struct{}{}) {
		return authorization{}, invalidRequest
	}
	return a, nil
}

// checkWords checks the parameters that are one word of a closed list. prompt
// too is compared as one word, although OpenID Connect makes it a list.
func (a *authorization) checkWords(q url.Values) error {
	if q.Get("response_type") != "code" {
		return invalidResponseType
	}
	for _, parameter := range []struct {
		name    string
		words   []string
		refusal code
	}{
		{"prompt", []string{"none", "login", "consent", "select_account"}, invalidPrompt},
		{"display", []string{"page", "popup", "touch", "wap"}, invalidDisplay},
	} {
		word := q.Get(parameter.name)
		if word != "" && !slices.Contains(parameter.words, word) {
			return parameter.refusal
		}
	}
	return nil
}

// readScopes keeps what is known and ignores the rest. A scope of OpenID
// Connect needs openid beside it.
func (a *authorization) readScopes(q url.Values) error {
	openID := false
	for scope := range strings.FieldsSeq(q.Get("scope")) {
		switch {
		case slices.Contains(manageScopes(), scope):
			if !slices.Contains(a.scopes, scope) {
				a.scopes = append(a.scopes, scope)
			}
		case scope == "openid" || scopeClaims(scope) != nil:
			openID = true
			a.claims = append(a.claims, scopeClaims(scope)...)
		}
	}
	asked := strings.Fields(q.Get("scope"))
	if !openID && len(a.scopes) == 0 || openID && !slices.Contains(asked, "openid") {
		return invalidScope
	}
	return nil
}

// readClaims adds the UserInfo claims of the claims parameter (OpenID Connect
// Core 5.5) and decides the acr of the login.
func (a *authorization) readClaims(q url.Values) error {
	var claims struct {
		UserInfo map[string]json.RawMessage `json:"userinfo"`
	}
	if text := q.Get("claims"); text != "" {
		if err := json.Unmarshal([]byte(text), &claims); err != nil {
			return invalidClaim
		}
	}
	if len(claims.UserInfo) > 0 && !slices.Contains(strings.Fields(q.Get("scope")), "openid") {
		return invalidScope
	}
	for claim := range claims.UserInfo {
		a.claims = append(a.claims, claim)
	}
	slices.Sort(a.claims)
	a.claims = slices.Compact(a.claims)
	a.acr = loginACR(strings.Fields(q.Get("acr_values")))
	return nil
}

func (a *authorization) checkPKCE(q url.Values) error {
	method := q.Get("code_challenge_method")
	if (a.challenge == "") != (method == "") {
		return invalidPKCE
	}
	if method != "" && method != "S256" {
		return unsupportedPKCE
	}
	return nil
}

const generatedCode = "mosip:idp:acr:generated-code"

func acrValues() []string {
	return []string{
		"mosip:idp:acr:knowledge", "mosip:idp:acr:password", "mosip:idp:acr:static-code",
		generatedCode, "mosip:idp:acr:linked-wallet", "mosip:idp:acr:biometrics",
	}
}

// loginACR is the factor that a login stands for. The form knows one-time
// passwords only; a client that asks for other factors and not for this one
// gets the first known of them simulated by the same form.
func loginACR(asked []string) string {
	known := slices.DeleteFunc(asked, func(acr string) bool { return !slices.Contains(acrValues(), acr) })
	if len(known) == 0 || slices.Contains(known, generatedCode) {
		return generatedCode
	}
	return known[0]
}

// manageScopes are the authorize scopes of MOSIP's resident portal, each of
// which the resident may refuse.
func manageScopes() []string {
	return []string{"Manage-Identity-Data", "Manage-VID", "Manage-Authentication", "Manage-Service-Requests", "Manage-Credentials"}
}

// scopeClaims are the UserInfo claims of an OpenID scope other than openid,
// nil for an unknown one. The sandbox's residents have no data for the others
// that e-Signet ties to these scopes.
func scopeClaims(scope string) []string {
	switch scope {
	case "profile":
		return []string{"name", "picture", "email", "phone_number"}
	case "email":
		return []string{"email"}
	case "phone":
		return []string{"phone_number"}
	case "address":
		return []string{"address"}
	}
	return nil
}

// languages cuts each locale to its two-letter language: en-GB, eng → en.
func languages(locales string) []string {
	var two []string
	for locale := range strings.FieldsSeq(locales) {
		if len(locale) < 2 {
			continue
		}
		if language := strings.ToLower(locale[:2]); !slices.Contains(two, language) {
			two = append(two, language)
		}
	}
	return two
}
