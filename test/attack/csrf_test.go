package attack

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/resident-graph/resident-graph/test/harness"
)

// forgeable is a mutation that leaves a mark in the history whenever it is executed.
const forgeable = `mutation { setAuthLocks(input: {idempotencyKey: "forged-%d", changes: [{type: DEMO, locked: false}]}) { event { eventId } } }`

// A forgery is one way in which a page of another site could make a browser send a mutation, or in which its headers
// could come out of order. An empty value sends no header.
type forgery struct{ method, mediaType, origin, site string }

func (f forgery) String() string {
	return fmt.Sprintf("%s, Content-Type %q, Origin %q, Sec-Fetch-Site %q", f.method, f.mediaType, f.origin, f.site)
}

// own says that it is what a page of this origin, or a client that is no browser, sends.
func (f forgery) own(origin string) bool {
	json := f.mediaType == "application/json" || f.mediaType == "application/json; charset=utf-8"
	return f.method == http.MethodPost && json && slices.Contains([]string{"", origin}, f.origin) &&
		slices.Contains([]string{"", "same-origin", "none"}, f.site)
}

func forgeries(origin string) []forgery {
	var all []forgery
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post", "GRAPHQL"} {
		for _, media := range []string{"", "application/json", "application/json; charset=utf-8", "application/json, text/plain", "text/plain", "text/plain; application/json",
			"application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/graphql", "application/graphql+json", "*/*"} {
			for _, from := range []string{"", origin, "null", "http://evil.example", strings.Replace(origin, "localhost", "127.0.0.1", 1),
				origin + ".evil.example", strings.Replace(origin, "http:", "https:", 1), "http://localhost:1", origin + "/", strings.ToUpper(origin)} {
				for _, site := range []string{"", "same-origin", "same-site", "cross-site", "none", "Same-Origin ", "unheard-of"} {
					all = append(all, forgery{method, media, from, site})
				}
			}
		}
	}
	return all
}

// TestNoForgeryIsExecuted sends a resident's cookie with every combination of method, content type, Origin and
// Sec-Fetch-Site. What a page of this origin sends must be executed, and nothing else.
func TestNoForgeryIsExecuted(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	c := s.SignIn(t, someone(t, s).UIN)
	before, all := c.Settled(), forgeries(s.URL)
	cookies := cookieHeader(t, s, c)
	own := 0
	for i, f := range all {
		if f.own(s.URL) {
			continue
		}
		r := f.send(t, s, cookies, fmt.Sprintf(forgeable, i))
		if strings.Contains(r.body, `"eventId":"`) {
			t.Errorf("%s is executed", f)
		}
		for name := range r.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s lets another site read", f, name)
			}
		}
	}
	if after := c.Settled(); after != before {
		t.Error("the history moved: something was executed")
	}
	for i, f := range all {
		// One of a kind is enough: each is an event.
		if f.own(s.URL) && own < 12 {
			own++
			if r := f.send(t, s, cookies, fmt.Sprintf(forgeable, 1_000_000+i)); !strings.Contains(r.body, `"eventId":"`) {
				t.Errorf("%s is this origin's own and is refused: %d %.200s", f, r.status, r.body)
			}
		}
	}
	t.Logf("%d combinations, 0 executed but the origin's own", len(all))
}

func cookieHeader(t testing.TB, s *harness.Server, c *harness.Client) string {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, cookie := range c.HTTP.Jar.Cookies(at) {
		all = append(all, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(all, "; ")
}

// send sends the mutation in the way that fits the method and the media type.
func (f forgery) send(t testing.TB, s *harness.Server, cookies, mutation string) reply {
	t.Helper()
	header := http.Header{"Cookie": {cookies}}
	for name, value := range map[string]string{"Content-Type": f.mediaType, "Origin": f.origin, "Sec-Fetch-Site": f.site} {
		if value != "" {
			header.Set(name, value)
		}
	}
	address, body := s.URL+"/graphql", operation(t, mutation, nil)
	switch {
	case f.method == "GET" || f.method == "HEAD":
		address += "?" + url.Values{"query": {mutation}}.Encode()
	case strings.HasPrefix(f.mediaType, "application/x-www-form-urlencoded"):
		body = []byte(url.Values{"query": {mutation}, "operations": {string(body)}}.Encode())
	case strings.HasPrefix(f.mediaType, "multipart/"):
		body = asMultipart(t, mutation)
	case f.mediaType == "application/graphql":
		body = []byte(mutation)
	}
	r, err := send(t.Context(), http.DefaultClient, f.method, address, header, body)
	if err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return r
}

// asMultipart writes a mutation as GraphQL multipart requests have it, which other servers take.
func asMultipart(t testing.TB, mutation string) []byte {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.SetBoundary("b"); err != nil {
		t.Fatal(err)
	}
	_ = w.WriteField("operations", string(operation(t, mutation, nil)))
	_ = w.WriteField("map", "{}")
	_ = w.Close()
	return body.Bytes()
}

// TestNoSocketOpensFromAnotherOrigin tries the handshake, which a browser sends with its cookies from any page.
func TestNoSocketOpensFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, someone(t, s).UIN)
	cookies := cookieHeader(t, s, c)
	dial := func(header http.Header) error {
		header.Set("Cookie", cookies)
		conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+"/graphql",
			&websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{"graphql-transport-ws"}})
		if err == nil {
			_ = conn.CloseNow()
		}
		return err
	}
	for _, origin := range []string{"null", "http://evil.example", "http://localhost", "http://localhost:1", strings.Replace(s.URL, "localhost", "127.0.0.1", 1),
		strings.Replace(s.URL, "http:", "https:", 1), s.URL + ".evil.example", "http://evil.example/" + s.URL, "file://", "chrome-extension://abc", "", " "} {
		if dial(http.Header{"Origin": {origin}}) == nil {
			t.Errorf("a socket opens from %q", origin)
		}
	}
	if dial(http.Header{"Origin": {s.URL, "http://evil.example"}}) == nil {
		t.Error("a socket opens with two origins")
	}
	for _, site := range []string{"cross-site", "same-site"} {
		if dial(http.Header{"Sec-Fetch-Site": {site}, "Origin": {"http://evil.example"}}) == nil {
			t.Errorf("a socket opens from %s", site)
		}
	}
	if err := dial(http.Header{"Origin": {s.URL}}); err != nil {
		t.Errorf("no socket opens from this origin: %v", err)
	}
}

// TestNoOtherSiteSignsOutOrIn follows links and forms of other sites to the sign-in and sign-out.
func TestNoOtherSiteSignsOutOrIn(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, someone(t, s).UIN)
	before := cookieHeader(t, s, c)
	for _, path := range []string{"/auth/logout", "/auth/callback?code=forged&state=forged", "/auth/callback?error=access_denied", "/auth/backchannel-logout", "/auth/login"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, site := range []string{"cross-site", "same-site"} {
				for _, mode := range []string{"navigate", "no-cors", "cors"} {
					header := http.Header{"Sec-Fetch-Site": {site}, "Sec-Fetch-Mode": {mode}, "Origin": {"http://evil.example"},
						"Content-Type": {"application/x-www-form-urlencoded"}}
					if _, err := send(t.Context(), c.HTTP, method, s.URL+path, header, []byte("logout_token=forged")); err != nil {
						t.Fatal(err)
					}
					if state := harness.At(c.Must(`{ session { state } }`, nil), "session", "state"); state != "ACTIVE" {
						t.Fatalf("%s %s by %s from %s: the session is %v", method, path, mode, site, state)
					}
				}
			}
		}
	}
	if !strings.Contains(cookieHeader(t, s, c), before) {
		t.Error("the session is another one")
	}
}
