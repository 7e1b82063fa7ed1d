package session_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/resident-graph/resident-graph/session"
)

// pushing makes the provider offer pushed authorization requests, and answer them with status.
func (o *op) pushing(status int) *[]url.Values {
	var pushes []url.Values
	o.discovery = func(c claims) { c["pushed_authorization_request_endpoint"] = o.url + "/par" }
	o.push = func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		_ = r.ParseForm()
		pushes = append(pushes, r.PostForm)
		o.pushed = map[string]url.Values{"urn:x": r.PostForm}
		if status != http.StatusCreated {
			writeJSON(w, status, claims{"error": "about " + uin})
			return
		}
		writeJSON(w, status, claims{"request_uri": "urn:x", "expires_in": 60})
	}
	return &pushes
}

func TestPushedAuthorizationRequest(t *testing.T) {
	o := startOP(t)
	pushes := o.pushing(http.StatusCreated)
	a, b := newApp(t, o.url), newBrowser(t)
	var toProvider *url.URL
	b.http.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/authorize" {
			toProvider = r.URL
		}
		return nil
	}
	if end := b.get(a.SignInURL("/vids", "")); end.status != 200 || end.url.Path != "/vids" {
		t.Fatalf("ended with %d: %s\n%s", end.status, end.body, a.log)
	}
	if toProvider == nil || toProvider.RawQuery != "client_id="+clientID+"&request_uri=urn%3Ax" {
		t.Errorf("the browser was sent to %v", toProvider)
	}
	if len(*pushes) != 1 {
		t.Fatalf("pushed %d times", len(*pushes))
	}
	for _, name := range []string{"client_assertion", "client_assertion_type", "state", "nonce", "code_challenge", "claims", "redirect_uri"} {
		if (*pushes)[0].Get(name) == "" {
			t.Errorf("pushed without %s", name)
		}
	}
}

// TestPushFails tells apart what is wrong with the request from what is wrong with the endpoint.
func TestPushFails(t *testing.T) {
	for status, plain := range map[int]bool{400: false, 401: false, 403: false, 404: true, 405: true, 429: true, 500: true, 503: true, 200: true} {
		o := startOP(t)
		pushes := o.pushing(status)
		if status == 200 {
			o.push = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<p>hello")) }
		}
		a, b := newApp(t, o.url), newBrowser(t)
		end := b.get(a.SignInURL("/", ""))
		if !plain {
			refused(t, a, b, end, session.CodeProvider, 502)
			continue
		}
		if end.status != 200 || !b.whoami(a).SignedIn {
			t.Errorf("after %d: ended with %d: %s", status, end.status, end.body)
		}
		if len(*pushes) > 0 && (*pushes)[0].Get("nonce") == o.authorize.Get("nonce") {
			t.Errorf("after %d: the pushed nonce is used again", status)
		}
	}
}

func TestPushRequired(t *testing.T) {
	o := startOP(t)
	o.pushing(http.StatusInternalServerError)
	offer := o.discovery
	o.discovery = func(c claims) { offer(c); c["require_pushed_authorization_requests"] = true }
	a, b := newApp(t, o.url), newBrowser(t)
	refused(t, a, b, b.get(a.SignInURL("/", "")), session.CodeProviderUnavailable, 503)
}
