//go:build audit

package oidc_test

import (
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/test/oidc/rp"
)

// lie is what the forging provider does to its answers.
type lie struct {
	IDToken      *change `json:"idToken,omitempty"`
	Header       *change `json:"header,omitempty"` // of the id token
	Sign         string  `json:"sign,omitempty"`   // the id token
	Redirect     *change `json:"redirect,omitempty"`
	Tokens       *change `json:"tokens,omitempty"` // the token response
	TokenStatus  int     `json:"tokenStatus,omitempty"`
	Userinfo     *change `json:"userinfo,omitempty"`
	UserinfoSign string  `json:"userinfoSign,omitempty"`
}

type change struct {
	Set    map[string]any `json:"set,omitempty"`
	Remove []string       `json:"remove,omitempty"`
}

func set(name string, value any) *change { return &change{Set: map[string]any{name: value}} }
func without(name string) *change        { return &change{Remove: []string{name}} }
func in(d time.Duration) int64           { return time.Now().Add(d).Unix() }

// TestForged has one provider tell every lie there is, each after the truth was believed.
func TestForged(t *testing.T) {
	p := mockServer.connect(t, nil)
	for name, c := range map[string]struct {
		lie  lie
		code session.Code
	}{
		"RP-03 state of another login":            {lie{Redirect: set("state", "another")}, session.CodeState},
		"RP-03 no state":                          {lie{Redirect: without("state")}, session.CodeState},
		"RP-04 nonce of another login":            {lie{IDToken: set("nonce", "another")}, session.CodeTokenInvalid},
		"RP-04 no nonce":                          {lie{IDToken: without("nonce")}, session.CodeTokenInvalid},
		"RP-05 another issuer":                    {lie{IDToken: set("iss", "https://other.example")}, session.CodeTokenInvalid},
		"RP-05 issuer with a slash":               {lie{IDToken: set("iss", p.provider.Issuer+"/")}, session.CodeTokenInvalid},
		"RP-05 no issuer":                         {lie{IDToken: without("iss")}, session.CodeTokenInvalid},
		"RP-06 another audience":                  {lie{IDToken: set("aud", "another")}, session.CodeTokenInvalid},
		"RP-06 no audience":                       {lie{IDToken: without("aud")}, session.CodeTokenInvalid},
		"RP-06 several audiences and no azp":      {lie{IDToken: set("aud", []string{rp.ClientID, "another"})}, session.CodeTokenInvalid},
		"RP-06 foreign azp":                       {lie{IDToken: set("azp", "another")}, session.CodeTokenInvalid},
		"RP-07 no subject":                        {lie{IDToken: without("sub")}, session.CodeTokenInvalid},
		"RP-07 empty subject":                     {lie{IDToken: set("sub", "")}, session.CodeTokenInvalid},
		"RP-08 no iat":                            {lie{IDToken: without("iat")}, session.CodeTokenInvalid},
		"RP-09 expired":                           {lie{IDToken: set("exp", in(-time.Minute))}, session.CodeTokenInvalid},
		"RP-09 no exp":                            {lie{IDToken: without("exp")}, session.CodeTokenInvalid},
		"RP-09 issued in the future":              {lie{IDToken: set("iat", in(time.Hour))}, session.CodeTokenInvalid},
		"RP-09 not yet valid":                     {lie{IDToken: set("nbf", in(time.Hour))}, session.CodeTokenInvalid},
		"RP-10 another's RS256 key":               {lie{Sign: "strangerRS256"}, session.CodeTokenInvalid},
		"RP-10 another's ES256 key":               {lie{Sign: "strangerES256"}, session.CodeTokenInvalid},
		"RP-10 claims changed after signing":      {lie{Sign: "tampered"}, session.CodeTokenInvalid},
		"RP-11 alg none":                          {lie{Sign: "none"}, session.CodeTokenInvalid},
		"RP-12 HS256 with the public key":         {lie{Sign: "HS256"}, session.CodeTokenInvalid},
		"RP-13 unknown kid":                       {lie{Header: set("kid", "another")}, session.CodeTokenInvalid},
		"RP-14 another iss in the answer":         {lie{Redirect: set("iss", "https://other.example")}, session.CodeProvider},
		"RP-15 UserInfo of another subject":       {lie{Userinfo: set("sub", "another")}, session.CodeUserInfoInvalid},
		"RP-15 UserInfo without subject":          {lie{Userinfo: without("sub")}, session.CodeUserInfoInvalid},
		"RP-15 signed UserInfo, another subject":  {lie{UserinfoSign: "right", Userinfo: set("sub", "another")}, session.CodeUserInfoInvalid},
		"RP-15 signed UserInfo, another audience": {lie{UserinfoSign: "right", Userinfo: set("aud", "another")}, session.CodeUserInfoInvalid},
		"RP-15 UserInfo with another's key":       {lie{UserinfoSign: "strangerRS256"}, session.CodeUserInfoInvalid},
		"RP-15 UserInfo with alg none":            {lie{UserinfoSign: "none"}, session.CodeUserInfoInvalid},
		"RP-15 UserInfo with HS256":               {lie{UserinfoSign: "HS256"}, session.CodeUserInfoInvalid},
		"RP-15 UserInfo changed after signing":    {lie{UserinfoSign: "tampered"}, session.CodeUserInfoInvalid},
		"RP-16 the code was used before":          {lie{TokenStatus: 400}, session.CodeTokenRefused},
		"no id token":                             {lie{Tokens: without("id_token")}, session.CodeTokenInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			p.provider.Tell("lie", lie{}, nil)
			rp.NewBrowser(t).SignIn(p.App)
			p.provider.Tell("lie", c.lie, nil)
			b := rp.NewBrowser(t)
			refused(t, p, b, b.Get(p.SignInURL("/", "")), c.code)
		})
	}
}

// TestRP14ForgedDiscovery has the provider's document name someone else.
func TestRP14ForgedDiscovery(t *testing.T) {
	p, b := mockServer.connect(t, nil), rp.NewBrowser(t)
	p.provider.Tell("issuer", "https://other.example", nil)
	refused(t, p, b, b.Get(p.SignInURL("/", "")), session.CodeProviderUnavailable)
}

// TestSignedUserInfo is the truth that the lies about signed UserInfo are told beside.
func TestSignedUserInfo(t *testing.T) {
	p := mockServer.connect(t, nil)
	p.provider.Tell("lie", lie{UserinfoSign: "right"}, nil)
	rp.NewBrowser(t).SignIn(p.App)
}
