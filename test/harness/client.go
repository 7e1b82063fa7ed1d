package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Client is a browser of one resident.
type Client struct {
	t      testing.TB
	server *Server
	HTTP   *http.Client
}

// Answer is a GraphQL answer.
type Answer struct {
	Status int
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	} `json:"errors"`
}

// Visitor answers a browser that is not signed in.
func (s *Server) Visitor(t testing.TB) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := http.DefaultTransport.(*http.Transport).Clone()
	// A connection that was dialled and never used would keep a server from ending for five seconds.
	t.Cleanup(own.CloseIdleConnections)
	return &Client{t: t, server: s, HTTP: &http.Client{Jar: jar, Timeout: patience, Transport: own}}
}

// SignIn answers a browser in which the holder of an id has signed in.
func (s *Server) SignIn(t testing.TB, individualID string) *Client {
	t.Helper()
	c := s.Visitor(t)
	page, status := c.Login(individualID, "111111")
	if status != http.StatusOK && status != http.StatusNotFound {
		t.Fatalf("sign-in ended with %d: %s", status, page)
	}
	s.signIns.Add(1)
	return c
}

// Bearer answers a client that comes with a token of one of the realm's clients instead of a cookie.
func (s *Server) Bearer(t testing.TB, client string) *Client {
	t.Helper()
	c := s.Visitor(t)
	c.HTTP.Transport = withToken{c.HTTP.Transport, s.Token(t, client)}
	return c
}

type withToken struct {
	http.RoundTripper
	token string
}

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+w.token)
	return w.RoundTripper.RoundTrip(r)
}

// preset matches what a form sends as it is: hidden fields and ticked boxes.
var preset = regexp.MustCompile(`<input[^>]*(type="hidden"|\schecked)[^>]*>`)
var attribute = regexp.MustCompile(`(name|value)="([^"]*)"`)
var action = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)

// Login goes through the sign-in with an id and an OTP and answers the page it ends on with its status.
func (c *Client) Login(individualID, otp string) (page string, status int) {
	c.t.Helper()
	form, at := c.get(c.server.URL + "/auth/login?return=/healthz")
	values := url.Values{"individualId": {individualID}, "otp": {otp}}
	for _, input := range preset.FindAllString(form, -1) {
		pair := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(input, -1) {
			pair[m[1]] = m[2]
		}
		values.Add(pair["name"], pair["value"])
	}
	target := at
	if m := action.FindStringSubmatch(form); m != nil && m[1] != "" {
		ref, err := at.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
		if err != nil {
			c.t.Fatal(err)
		}
		target = ref
	}
	resp, err := c.HTTP.PostForm(target.String(), values)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusNoContent { // /healthz: signed in and returned
		return "", http.StatusOK
	}
	return string(body), resp.StatusCode
}

func (c *Client) get(address string) (string, *url.URL) {
	c.t.Helper()
	resp, err := c.HTTP.Get(address)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(body), resp.Request.URL
}

// Do sends an operation and answers what came, errors and all.
func (c *Client) Do(query string, variables map[string]any) *Answer {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.HTTP.Post(c.server.URL+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	answer := &Answer{Status: resp.StatusCode}
	if err := json.Unmarshal(raw, answer); err != nil {
		c.t.Fatalf("not JSON (%d): %s", resp.StatusCode, raw)
	}
	c.server.keepErrors(answer)
	return answer
}

// Must sends an operation that must succeed and answers its data.
func (c *Client) Must(query string, variables map[string]any) map[string]any {
	c.t.Helper()
	answer := c.Do(query, variables)
	if len(answer.Errors) > 0 {
		c.t.Fatalf("errors: %+v", answer.Errors)
	}
	return answer.Data
}

// At answers what is at a path of names and indices in decoded JSON, nil when there is nothing.
func At(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := value.(map[string]any)
			value = m[step]
		case int:
			l, _ := value.([]any)
			if step >= len(l) {
				return nil
			}
			value = l[step]
		}
	}
	return value
}

// Code answers the code of the first error at a path such as "viewer.vids", empty when there is none.
func (a *Answer) Code(path string) string {
	for _, e := range a.Errors {
		var steps []string
		for _, p := range e.Path {
			if name, ok := p.(string); ok {
				steps = append(steps, name)
			}
		}
		if strings.Join(steps, ".") == path || strings.HasPrefix(strings.Join(steps, "."), path+".") {
			code, _ := e.Extensions["code"].(string)
			return code
		}
	}
	return ""
}

// With answers the same browser for a subtest.
func (c *Client) With(t testing.TB) *Client { return &Client{t: t, server: c.server, HTTP: c.HTTP} }

// Settled waits until the history of the resident stands still: until what the sign-ins themselves caused has arrived. It
// answers the cursor.
func (c *Client) Settled() any {
	c.t.Helper()
	c.server.awaitSignIns(c.t)
	var last any
	since := time.Now()
	Within(c.t, patience, "the history stands still", func() bool {
		now := At(c.Must(`{ viewer { changeCursor } }`, nil), "viewer", "changeCursor")
		if now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 700*time.Millisecond
	})
	return last
}

// awaitSignIns waits until the hub's messages about sign-ins are in the history. A test may have told the hub to lose them.
func (s *Server) awaitSignIns(t testing.TB) {
	t.Helper()
	const enough = 8 * time.Second
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	for began := time.Now(); time.Since(began) < enough; time.Sleep(20 * time.Millisecond) {
		var applied int64
		if err := db.QueryRow(t.Context(), `select count(*) from delivery where topic = 'AUTHENTICATION_TRANSACTION_STATUS'
			and applied_at is not null`).Scan(&applied); err != nil {
			t.Fatal(err)
		}
		if applied >= s.signIns.Load() {
			return
		}
	}
}

// Send sends a request as this browser and answers status and body.
func (c *Client) Send(req *http.Request) (status int, body string) {
	c.t.Helper()
	resp, err := c.HTTP.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}
