package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestServiceToken(t *testing.T) {
	c := start(t, sandbox.Options{})
	path := "/idrepository/v1/vid/uin/" + c.people()[0].UIN
	bare := func(change func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Cookie")
			change(r)
		}
	}
	cookie := func(name, value string) func(*http.Request) {
		return bare(func(r *http.Request) { r.AddCookie(&http.Cookie{Name: name, Value: value}) })
	}
	outsider, powerless := c.tokenOf("mosip-prereg-client"), c.tokenOf("mosip-reg-client")
	tampered := c.token[:len(c.token)-6] + "AAAAAA"
	for name, row := range map[string]struct {
		change func(*http.Request)
		status int
		code   string
	}{
		"cookie":         {cookie("Authorization", c.token), http.StatusOK, ""},
		"cookie by part": {cookie("x-Authorization-y", c.token), http.StatusOK, ""},
		"nothing":        {bare(func(*http.Request) {}), http.StatusUnauthorized, "KER-ATH-401"},
		"bearer alone": {bare(func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}), http.StatusUnauthorized, "KER-ATH-401"},
		"outside the audience": {cookie("Authorization", outsider), http.StatusUnauthorized, "KER-ATH-401"},
		"without the role":     {cookie("Authorization", powerless), http.StatusForbidden, "KER-ATH-403"},
		"tampered":             {cookie("Authorization", tampered), http.StatusUnauthorized, "KER-ATH-401"},
		"no JWT":               {cookie("Authorization", "futureProof"), http.StatusUnauthorized, "KER-ATH-401"},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.send(http.MethodGet, path, nil, row.change)
			if a.status != row.status || a.codes() != row.code {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	a := c.send(http.MethodGet, path, nil, bare(func(*http.Request) {}))
	if documents := strings.Count(a.body, "KER-ATH-401"); documents != 2 {
		t.Errorf("without a cookie the error document comes %d times", documents)
	}
}

func TestServiceTokenExpires(t *testing.T) {
	c := start(t, sandbox.Options{})
	c.control(http.MethodPut, "/sandbox/settings", map[string]int{"tokenSeconds": 1}, nil)
	c.token = c.login("mosip-resident-client", c.box.Environment()["KEYCLOAK_CLIENT_SECRET"])
	time.Sleep(1100 * time.Millisecond)
	if a := c.get("/v1/partnermanager/partners"); a.status != http.StatusUnauthorized {
		t.Errorf("an expired token got %d", a.status)
	}
}

func TestTokenEndpointRefuses(t *testing.T) {
	c := start(t, sandbox.Options{})
	right := c.box.Environment()["KEYCLOAK_CLIENT_SECRET"]
	for name, row := range map[string]struct {
		form   url.Values
		status int
	}{
		"wrong secret":   {url.Values{"grant_type": {"client_credentials"}, "client_id": {"mosip-resident-client"}, "client_secret": {"x"}}, http.StatusUnauthorized},
		"unknown client": {url.Values{"grant_type": {"client_credentials"}, "client_id": {"somebody"}, "client_secret": {right}}, http.StatusUnauthorized},
		"other grant":    {url.Values{"grant_type": {"password"}, "client_id": {"mosip-resident-client"}, "client_secret": {right}}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := http.PostForm(c.box.Environment()["KEYCLOAK_TOKEN_URL"], row.form)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != row.status {
				t.Errorf("got %s", response.Status)
			}
		})
	}
}
