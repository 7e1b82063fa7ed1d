package esignet_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestAuthorizationRequestRefusals(t *testing.T) {
	o := start(t)
	used := asked("rs")
	o.authorize(used)
	for name, row := range map[string]struct {
		change url.Values
		want   string
	}{
		"unknown client":         {url.Values{"client_id": {"nobody"}}, "invalid_client_id"},
		"no client":              {url.Values{"client_id": nil}, "invalid_client_id"},
		"other redirect":         {url.Values{"redirect_uri": {callback + "/x"}}, "invalid_redirect_uri"},
		"response type":          {url.Values{"response_type": {"token"}}, "invalid_response_type"},
		"no scope":               {url.Values{"scope": nil}, "invalid_scope"},
		"unknown scopes only":    {url.Values{"scope": {"Manage-Everything"}}, "invalid_scope"},
		"profile without openid": {url.Values{"scope": {"profile Manage-VID"}}, "invalid_scope"},
		"claims without openid":  {url.Values{"scope": {"Manage-VID"}}, "invalid_scope"},
		"claims not JSON":        {url.Values{"claims": {"{"}}, "invalid_claim"},
		"prompt":                 {url.Values{"prompt": {"login consent"}}, "invalid_prompt"},
		"display":                {url.Values{"display": {"wall"}}, "invalid_display"},
		"nonce again":            {url.Values{"nonce": used["nonce"]}, "invalid_request"},
		"challenge only":         {url.Values{"code_challenge_method": nil}, "invalid_pkce_challenge"},
		"method only":            {url.Values{"code_challenge": nil}, "invalid_pkce_challenge"},
		"plain":                  {url.Values{"code_challenge_method": {"plain"}}, "unsupported_pkce_challenge_method"},
		"unknown request_uri":    {url.Values{"request_uri": {"urn:x"}}, "invalid_request"},
	} {
		q := asked("rs")
		maps.Copy(q, row.change)
		if r := o.authorize(q); r.status != http.StatusBadRequest || r.shown() != row.want {
			t.Errorf("%s: %d %q, want 400 %q", name, r.status, r.shown(), row.want)
		}
	}
}

func TestAuthorizationRequestVariants(t *testing.T) {
	o := start(t)
	for name, row := range map[string]struct {
		change url.Values
		acr    string
	}{
		"unknown scope ignored": {url.Values{"scope": {"openid Manage-Everything"}}, "mosip:idp:acr:generated-code"},
		"Manage-* alone":        {url.Values{"scope": {"Manage-VID"}, "claims": nil}, "mosip:idp:acr:generated-code"},
		"no nonce, no state":    {url.Values{"nonce": nil, "state": nil}, "mosip:idp:acr:generated-code"},
		"acr among others":      {url.Values{"acr_values": {"mosip:idp:acr:biometrics mosip:idp:acr:generated-code"}}, "mosip:idp:acr:generated-code"},
		"another acr":           {url.Values{"acr_values": {"x mosip:idp:acr:biometrics"}}, "mosip:idp:acr:biometrics"},
		"unknown acr":           {url.Values{"acr_values": {"x"}, "prompt": {"login"}, "display": {"page"}}, "mosip:idp:acr:generated-code"},
	} {
		q := asked("rs")
		maps.Copy(q, row.change)
		id, _ := o.verified(o.tokens(q, known).IDToken)
		if id["acr"] != row.acr {
			t.Errorf("%s: acr %v, want %s", name, id["acr"], row.acr)
		}
		if _, ok := id["nonce"]; ok != (q.Get("nonce") != "") {
			t.Errorf("%s: nonce in the ID token: %v", name, ok)
		}
	}
}

func TestFormIsSafeAndAccessible(t *testing.T) {
	r := start(t).authorize(asked("rs"))
	csp := r.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "form-action 'self' http://localhost:8080;", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'sha256-"} {
		if !strings.Contains(csp, want) {
			t.Errorf("CSP %q lacks %q", csp, want)
		}
	}
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"} {
		if r.header.Get(header) != want {
			t.Errorf("%s: %q", header, r.header.Get(header))
		}
	}
	if n := strings.Count(r.body, `type="checkbox" name="scope"`); n != 5 || strings.Count(r.body, " checked>") != 5 {
		t.Errorf("%d scope boxes", n)
	}
	for _, want := range []string{`<html lang="en">`, `<label for="individualId">`, `<label for="otp">`, `autocomplete="one-time-code"`} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(r.body, "<script") {
		t.Error("the page has a script")
	}
}

func TestConsent(t *testing.T) {
	o := start(t)
	for name, row := range map[string]struct {
		form url.Values
		want any
	}{
		"script":            {nil, manage},
		"form, two ticked":  {url.Values{"consent": {"form"}, "scope": {"Manage-Credentials", "Manage-VID"}}, "Manage-VID Manage-Credentials"},
		"form, none ticked": {url.Values{"consent": {"form"}}, nil},
		"scope not asked":   {url.Values{"consent": {"form"}, "scope": {"Manage-VID", "admin"}}, "Manage-VID"},
	} {
		location := o.login(o.authorize(asked("rs")).field(t, "transaction"), known, "111111", row.form).location(t)
		if location.Get("state") != "st-1" || location.Get("iss") != o.url {
			t.Errorf("%s: redirect %v", name, location)
		}
		var answer tokenAnswer
		decode(t, o.token(o.exchange("rs", location.Get("code"))), &answer)
		if access, _ := o.verified(answer.AccessToken); access["scope"] != row.want {
			t.Errorf("%s: scope %v, want %v", name, access["scope"], row.want)
		}
	}
}

func TestFailedLoginStaysOnThePage(t *testing.T) {
	o := start(t)
	transaction := o.authorize(asked("rs")).field(t, "transaction")
	for _, row := range []struct {
		id, otp string
		status  int
		want    string
	}{
		{known, "222222", 401, "invalid_challenge"},
		{"0000000000", "111111", 401, "invalid_individual_id"},
		{"", "111111", 401, "invalid_individual_id"},
		{blocked, "111111", 401, "individual_id_blocked"},
		{broken, "111111", 500, "unknown_error"},
	} {
		r := o.login(transaction, row.id, row.otp, nil)
		if r.status != row.status || r.shown() != row.want || r.field(t, "transaction") != transaction {
			t.Errorf("%s: %d %q, want %d %q", row.id, r.status, r.shown(), row.status, row.want)
		}
	}
	if o.login(transaction, " "+known+" ", "111111", nil).location(t).Get("code") == "" {
		t.Error("no code after failed attempts")
	}
	if r := o.login(transaction, known, "111111", nil); r.status != 400 || r.shown() != "invalid_transaction" {
		t.Errorf("the form was taken twice: %d %q", r.status, r.shown())
	}
	if want := []string{known + " rs false", blocked + " rs false", known + " rs true"}; !slices.Equal(o.attempts, want) {
		t.Errorf("attempts %v, want %v", o.attempts, want)
	}
}

func TestFiveWrongOTPsEndTheTransaction(t *testing.T) {
	o := start(t)
	transaction := o.authorize(asked("rs")).field(t, "transaction")
	for range 4 {
		if r := o.login(transaction, known, "1111110", nil); r.shown() != "invalid_challenge" {
			t.Fatalf("%d %q", r.status, r.shown())
		}
	}
	r := o.login(transaction, known, "", nil)
	if r.status != 403 || r.shown() != "no_attempts_left" || !strings.Contains(r.body, callback+"?error=no_attempts_left") {
		t.Errorf("fifth: %d %q", r.status, r.shown())
	}
	if r := o.login(transaction, known, "111111", nil); r.shown() != "invalid_transaction" {
		t.Errorf("after the fifth: %d %q", r.status, r.shown())
	}
}

func TestDeny(t *testing.T) {
	o := start(t)
	for state, want := range map[string]string{"st-1": "st-1", "": "null"} {
		q := asked("rs")
		q.Set("state", state)
		location := o.login(o.authorize(q).field(t, "transaction"), "", "", url.Values{"action": {"deny"}}).location(t)
		if location.Get("error") != "consent_details_rejected" || location.Get("error_description") == "" || location.Get("state") != want || location.Has("code") {
			t.Errorf("redirect %v", location)
		}
	}
}

func TestPostsFromElsewhereAreRefused(t *testing.T) {
	o := start(t)
	transaction := o.authorize(asked("rs")).field(t, "transaction")
	form := url.Values{"transaction": {transaction}, "individualId": {known}, "otp": {"111111"}}
	for name, header := range map[string]http.Header{
		"fetch metadata": {"Sec-Fetch-Site": {"cross-site"}},
		"origin":         {"Origin": {"https://elsewhere.example"}},
	} {
		if r := o.do("POST", "/authorize", form, header); r.status != http.StatusForbidden {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	if r := o.login("guessed", known, "111111", nil); r.shown() != "invalid_transaction" {
		t.Errorf("guessed transaction: %d %q", r.status, r.shown())
	}
}
