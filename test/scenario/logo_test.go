package scenario

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const logosQuery = `{ partners(type: AUTH_PARTNER, first: 100) { nodes { id name logoUrl } } }`

// get answers status, headers and body of a path.
func get(t *testing.T, c *http.Client, address string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestThePageShowsLogosWithoutAskingPartners(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	nodes, _ := harness.At(c.Must(logosQuery, nil), "partners", "nodes").([]any)
	types := map[string]int{}
	for _, node := range nodes {
		path, _ := harness.At(node, "logoUrl").(string)
		if path != "/files/logo/"+fmt.Sprint(harness.At(node, "id")) {
			t.Fatalf("%v has its logo at %q", harness.At(node, "name"), path)
		}
		resp, body := get(t, s.Visitor(t).HTTP, s.URL+path, nil) // no session: it is the same for everybody
		types[resp.Header.Get("Content-Type")]++
		if resp.StatusCode != http.StatusOK || http.DetectContentType([]byte(body)) != resp.Header.Get("Content-Type") {
			t.Errorf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer",
			"Cache-Control": "public, max-age=86400, stale-while-revalidate=604800", "Set-Cookie": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'; sandbox") {
			t.Errorf("the policy is %q", policy)
		}
		again, body := get(t, c.HTTP, s.URL+path, http.Header{"If-None-Match": {resp.Header.Get("ETag")}})
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("asked again with its ETag: %d, %d bytes", again.StatusCode, len(body))
		}
	}
	if types["image/png"] == 0 || types["image/jpeg"] == 0 {
		t.Errorf("the logos are %v", types)
	}
}

func TestALogoThatIsNotThereDoesNotSayWhy(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "PARTNER_LOGO_MAX_BYTES=400")
	r := resident(t, s)
	s.Authenticate(t, r.UIN, "mpartner-default-telecom") // its logo is an SVG
	s.Authenticate(t, r.UIN, "mpartner-default-bank")    // a JPEG, larger than is allowed here
	c := s.SignIn(t, r.UIN)
	paths := map[string]string{"a partner that is none": "/files/logo/Partner_AAAA", "nothing": "/files/logo/x", "too long": "/files/logo/" + strings.Repeat("x", 4000)}
	const query = `{ viewer { id serviceHistory(first: 20) { nodes { id partner { name logoUrl } } } } }`
	harness.Eventually(t, "both partners are in the history", func() bool {
		data := c.Must(query, nil)
		paths["the id of a resident"] = "/files/logo/" + fmt.Sprint(harness.At(data, "viewer", "id"))
		nodes, _ := harness.At(data, "viewer", "serviceHistory", "nodes").([]any)
		for _, node := range nodes {
			paths["the id of an event"] = "/files/logo/" + fmt.Sprint(harness.At(node, "id"))
			if path, _ := harness.At(node, "partner", "logoUrl").(string); path != "" {
				paths[fmt.Sprint(harness.At(node, "partner", "name"))] = path
			}
		}
		return paths["Example Telecom"] != "" && paths["Example Savings Bank"] != ""
	})
	_, nothing := get(t, c.HTTP, s.URL+paths["nothing"], nil)
	for name, path := range paths {
		if name == "Resident Graph" {
			continue // it has a small one
		}
		for range 2 {
			resp, body := get(t, c.HTTP, s.URL+path, nil)
			if resp.StatusCode != http.StatusNotFound || body != nothing || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("ETag") != "" {
				t.Errorf("%s: %d %v %q", name, resp.StatusCode, resp.Header, body)
			}
		}
	}
}
