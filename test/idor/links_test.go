package idor

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// route matches the pattern of a route that takes something from its path.
var route = regexp.MustCompile(`"([A-Z]+ /[^"]*\{[a-z]+\}[^"]*)"`)

// TestEveryRouteThatTakesSomethingHasACase fails for a route that was added without a case here.
func TestEveryRouteThatTakesSomethingHasACase(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range route.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
	}
	for pattern := range found {
		if fileRoutes[pattern] == "" && !slices.Contains(slices.Concat(routesAlike, returnRoutes), pattern) {
			t.Errorf("%s has no case: add it to `fileRoutes` in cases_test.go with the path at which the link is given", pattern)
		}
	}
	for pattern := range fileRoutes {
		if !found[pattern] {
			t.Errorf("%s has a case and is not served: remove it from cases_test.go", pattern)
		}
	}
}

// TestALinkOpensForItsOwnSessionOnly tries the links of a resident with everybody else's cookies.
func TestALinkOpensForItsOwnSessionOnly(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	two := residents(t, s, 2)
	a, b := settle(t, s, two[0]), settle(t, s, two[1])
	for pattern, giver := range fileRoutes {
		link := b.at(giver)
		method, path, _ := strings.Cut(pattern, " ")
		if prefix, _, _ := strings.Cut(path, "{"); !strings.HasPrefix(link, prefix) {
			t.Fatalf("%s: the link given by %s does not lead there", pattern, giver)
		}
		for name, c := range map[string]*harness.Client{
			"another resident": a.Client, "a visitor": s.Visitor(t), "the same resident in another browser": s.SignIn(t, b.UIN),
		} {
			t.Run(name, func(t *testing.T) {
				for _, sent := range []string{method, http.MethodHead} {
					for _, other := range []string{"", "?x=1", "/", "%00", "/../" + link[strings.LastIndex(link, "/")+1:]} {
						got, want := fetch(t, s, c, sent, link+other), fetch(t, s, c, sent, nonsense(link)+other)
						if got != want {
							t.Errorf("%s of the link is told from nonsense:\n%s\n%s", sent, got, want)
						}
						if strings.Contains(got, "image/") || strings.HasPrefix(got, "2") {
							t.Errorf("the link opens: %s", got)
						}
					}
				}
			})
		}
		if own := fetch(t, s, b.Client, method, link); !strings.HasPrefix(own, "200 ") {
			t.Errorf("the link does not open for the session that it was made for: %s", own)
		}
	}
}

// TestALinkEndsWithItsSession signs the resident out: the link must then be worth nothing, also with the old cookie.
func TestALinkEndsWithItsSession(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	b := settle(t, s, residents(t, s, 1)[0])
	old := s.Visitor(t)
	address, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	old.HTTP.Jar.SetCookies(address.URL, b.HTTP.Jar.Cookies(address.URL))
	_ = fetch(t, s, b.Client, http.MethodGet, "/auth/logout")
	for _, giver := range fileRoutes {
		for name, c := range map[string]*harness.Client{"the browser": b.Client, "a thief of its cookie": old} {
			if got := fetch(t, s, c, http.MethodGet, b.at(giver)); strings.HasPrefix(got, "2") {
				t.Errorf("after the sign-out the link opens for %s: %s", name, got)
			}
		}
	}
}

// TestSigningOutEverywhereEndsOnesOwnSessionsOnly looks at the other browsers of the one and of another resident.
func TestSigningOutEverywhereEndsOnesOwnSessionsOnly(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	two := residents(t, s, 2)
	a, second, b := s.SignIn(t, two[0].UIN), s.SignIn(t, two[0].UIN), s.SignIn(t, two[1].UIN)
	a.Must(`mutation { signOut(input: {everywhere: true}) { errors { code } } }`, nil)
	for name, test := range map[string]struct {
		c    *harness.Client
		want string
	}{"another browser of the same resident": {second, "ENDED"}, "another resident": {b, "ACTIVE"}} {
		if state := harness.At(test.c.Must(`{ session { state } }`, nil), "session", "state"); state != test.want {
			t.Errorf("%s: the session is %v, want %s", name, state, test.want)
		}
	}
}

// at answers the value that was found at a path.
func (p *person) at(path string) string {
	for _, h := range p.handles {
		if h.path == path {
			return h.value
		}
	}
	return ""
}

var traceID = regexp.MustCompile(`"traceId":"[0-9a-f]+"`)

// fetch answers status, headers and the beginning of a body as text, without what differs from request to request.
func fetch(t testing.TB, s *harness.Server, c *harness.Client, method, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	own := *c.HTTP
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := own.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 300))
	if err != nil {
		t.Fatal(err)
	}
	var headers []string
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		if name != "Date" && name != "Trace-Id" && name != "Location" {
			headers = append(headers, name+": "+strings.Join(resp.Header[name], ","))
		}
	}
	return fmt.Sprintf("%d %s %q", resp.StatusCode, strings.Join(headers, "; "), traceID.ReplaceAll(body, nil))
}
