package rp

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Browser keeps cookies, follows redirects and remembers everything that it was sent.
type Browser struct {
	HTTP   *http.Client
	Header http.Header // of each request
	// Tamper, when set, changes the address of each redirect before it is followed.
	Tamper func(address *url.URL)

	t    testing.TB
	mu   sync.Mutex
	seen bytes.Buffer
}

// NewBrowser opens one without cookies.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return NewBrowserOver(t, transport)
}

// NewBrowserOver is one whose connections transport makes.
func NewBrowserOver(t testing.TB, transport http.RoundTripper) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{Header: http.Header{}, t: t}
	b.HTTP = &http.Client{Jar: jar, Transport: recorder{transport, b}, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return b
}

type recorder struct {
	next http.RoundTripper
	b    *Browser
}

// RoundTrip passes the exchange on and notes the answer.
func (r recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	_ = response.Header.Write(&r.b.seen)
	r.b.seen.Write(body)
	return response, err
}

// Try asks a's page who this is and returns the status and the answer; unlike the others it may be called by several
// goroutines at once.
func (b *Browser) Try(a *App) (status int, answer Who, err error) {
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, a.URL+"/who", nil)
	if err != nil {
		return 0, answer, err
	}
	request.Header = b.Header.Clone()
	response, err := b.HTTP.Do(request)
	if err != nil {
		return 0, answer, err
	}
	defer response.Body.Close()
	return response.StatusCode, answer, json.NewDecoder(response.Body).Decode(&answer)
}

// Seen is all that came, headers and bodies.
func (b *Browser) Seen() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen.String()
}

// Page is where a navigation ended.
type Page struct {
	Status int
	URL    *url.URL
	Header http.Header
	Body   string
}

// Get navigates to address and on.
func (b *Browser) Get(address string) Page { b.t.Helper(); return b.Do(http.MethodGet, address, nil) }

// Do sends a form, if there is one, and follows where it leads.
func (b *Browser) Do(method, address string, form url.Values) Page {
	b.t.Helper()
	page := b.Step(method, address, form)
	for hops := 0; page.Status >= 300 && page.Status < 400 && page.Header.Get("Location") != ""; hops++ {
		if hops == 20 {
			b.t.Fatalf("redirected in circles, last to %s", page.URL)
		}
		next, err := page.URL.Parse(page.Header.Get("Location"))
		if err != nil {
			b.t.Fatal(err)
		}
		if b.Tamper != nil {
			b.Tamper(next)
		}
		page = b.Step(http.MethodGet, next.String(), nil)
	}
	return page
}

// Step makes one request and follows nothing.
func (b *Browser) Step(method, address string, form url.Values) Page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header = b.Header.Clone()
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := b.HTTP.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Page{response.StatusCode, response.Request.URL, response.Header, string(body)}
}

// Who asks a's page who this is.
func (b *Browser) Who(a *App) Who {
	b.t.Helper()
	status, answer, err := b.Try(a)
	if err != nil {
		b.t.Fatalf("%d: %v", status, err)
	}
	return answer
}

// SignIn signs in through a provider that asks nothing.
func (b *Browser) SignIn(a *App) {
	b.t.Helper()
	end := b.Get(a.SignInURL("/", ""))
	if end.Status != http.StatusOK || !b.Who(a).SignedIn {
		b.t.Fatalf("not signed in: %d at %s: %s\n%s", end.Status, end.URL, end.Body, a.Log())
	}
}

// Cookie is the value of one of a's cookies, empty when there is none.
func (b *Browser) Cookie(a *App, name string) string {
	b.t.Helper()
	address, err := url.Parse(a.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.HTTP.Jar.Cookies(address) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
