package harness

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Pay has a resident pay at the print partner's page, or not, as outcome says; more is what they type and tick there. It
// answers the address that the partner sends them back to.
func (s *Server) Pay(t testing.TB, paymentURL, outcome string, more url.Values) string {
	t.Helper()
	page, err := url.Parse(paymentURL)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"eventId": {page.Query().Get("eventId")}, "redirectUri": {page.Query().Get("redirectUri")}, "outcome": {outcome}}
	for name, values := range more {
		form[name] = values
	}
	page.RawQuery = ""
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page.String(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{CheckRedirect: lastResponse}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("the print partner answers %d", resp.StatusCode)
	}
	return resp.Header.Get("Location")
}

// Visit goes to an address and no further: it answers the status and where it leads, "" for nowhere.
func (c *Client) Visit(method, address string) (status int, leads string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	own := *c.HTTP
	own.CheckRedirect = lastResponse
	resp, err := own.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

func lastResponse(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
