package scenario

import "net/http"

// speaking is a browser whose pages are read in one language.
type speaking struct {
	http.RoundTripper
	language string
}

func (s speaking) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept-Language", s.language)
	return s.RoundTripper.RoundTrip(r)
}
