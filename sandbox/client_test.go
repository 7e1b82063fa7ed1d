package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

// client speaks to a sandbox as Resident Graph does: over HTTP, with the
// service token in a cookie.
type client struct {
	t     *testing.T
	box   *sandbox.Sandbox
	token string
}

// answer is what came back.
type answer struct {
	status   int
	body     string
	Response json.RawMessage `json:"response"`
	Errors   []struct {
		Code    string `json:"errorCode"`
		Message string `json:"message"`
	} `json:"errors"`
}

// codes of the errors, joined with commas; empty for a success.
func (a answer) codes() string {
	var codes []string
	for _, e := range a.Errors {
		codes = append(codes, e.Code)
	}
	return strings.Join(codes, ",")
}

// person is an entry of /sandbox/residents.
type person struct {
	UIN                                 string
	VIDs                                []struct{ VID, Type string }
	Status, Email, Phone, PreferredLang string
	Names                               map[string]string
}

// vid is the first living VID of a type.
func (p person) vid(kind string) string {
	for _, one := range p.VIDs {
		if one.Type == kind {
			return one.VID
		}
	}
	return ""
}

// start runs a sandbox for the test and a client with the resident account's
// token.
func start(t *testing.T, o sandbox.Options) *client {
	t.Helper()
	o.Addr = "127.0.0.1:0"
	box, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &client{t: t, box: box}
	c.token = c.login("mosip-resident-client", box.Environment()["KEYCLOAK_CLIENT_SECRET"])
	return c
}

// login fetches a service token.
func (c *client) login(id, secret string) string {
	c.t.Helper()
	response, err := http.PostForm(c.box.Environment()["KEYCLOAK_TOKEN_URL"], url.Values{
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.AccessToken == "" {
		c.t.Fatalf("no token: %s %v", response.Status, err)
	}
	return token.AccessToken
}

// tokenOf is a token of another service account.
func (c *client) tokenOf(id string) string {
	c.t.Helper()
	return c.login(id, sandbox.ClientSecret(c.box, id))
}

// send makes one request; change, when given, may alter it.
func (c *client) send(method, path string, body any, change ...func(*http.Request)) answer {
	c.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.box.URL()+path, bytes.NewReader(encoded))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.AddCookie(&http.Cookie{Name: "Authorization", Value: c.token})
	for _, f := range change {
		f(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, body: string(raw)}
	_ = json.NewDecoder(bytes.NewReader(raw)).Decode(&a) // some answers are no envelope
	return a
}

func (c *client) get(path string) answer { c.t.Helper(); return c.send(http.MethodGet, path, nil) }

// into decodes the response member of a success.
func (c *client) into(a answer, v any) {
	c.t.Helper()
	if a.codes() != "" || a.status != http.StatusOK {
		c.t.Fatalf("refused: %d %s", a.status, a.body)
	}
	if err := json.Unmarshal(a.Response, v); err != nil {
		c.t.Fatal(err)
	}
}

// control drives /sandbox/ and decodes its JSON.
func (c *client) control(method, path string, body, into any) {
	c.t.Helper()
	a := c.send(method, path, body)
	if a.status >= http.StatusBadRequest {
		c.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		c.t.Fatal(err)
	}
}

// people are the residents.
func (c *client) people() []person {
	c.t.Helper()
	var list []person
	c.control(http.MethodGet, "/sandbox/residents", nil, &list)
	return list
}

// somebody returns the first resident with a status.
func (c *client) somebody(status string) person {
	c.t.Helper()
	for _, p := range c.people() {
		if p.Status == status {
			return p
		}
	}
	c.t.Fatalf("nobody is %s", status)
	return person{}
}

// wrapped puts a request into the kernel envelope of now.
func wrapped(id string, request any) map[string]any {
	return map[string]any{
		"id": id, "version": "v1", "requesttime": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "request": request,
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	const patience, pause = 30 * time.Second, 10 * time.Millisecond
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}
