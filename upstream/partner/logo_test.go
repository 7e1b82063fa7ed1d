package partner_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/upstream/partner"
)

const maxBytes = 4096

// fetcher answers a fetcher for which the hosts of servers are as the sandbox's.
func fetcher(servers ...*httptest.Server) *partner.Logos {
	o := partner.LogoOptions{Timeout: 5 * time.Second, MaxBytes: maxBytes}
	for _, s := range servers {
		o.Private = append(o.Private, strings.TrimPrefix(s.URL, "http://"))
	}
	o.Plain = o.Private
	return partner.NewLogos(o)
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func encoded(encode func(*bytes.Buffer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var (
	picture  = image.NewGray(image.Rect(0, 0, 4, 4))
	asPNG    = encoded(func(b *bytes.Buffer) error { return png.Encode(b, picture) })
	asJPEG   = encoded(func(b *bytes.Buffer) error { return jpeg.Encode(b, picture, nil) })
	asWebP   = append([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00"), make([]byte, 13)...)
	tooLarge = append(slices.Clone(asPNG), make([]byte, maxBytes)...)
)

func TestALogoIsWhatItsFirstBytesSay(t *testing.T) {
	for name, test := range map[string]struct {
		sent      []byte
		claimed   string
		mediaType string // empty: there is no logo
	}{
		"PNG": {asPNG, "image/png", "image/png"}, "JPEG": {asJPEG, "image/jpeg", "image/jpeg"}, "WebP": {asWebP, "image/webp", "image/webp"},
		"PNG under another name":       {asPNG, "text/html", "image/png"},
		"HTML that claims to be a PNG": {[]byte("<html><script>alert(1)</script>"), "image/png", ""},
		"SVG":                          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "image/svg+xml", ""},
		"SVG that claims to be a PNG":  {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "image/png", ""},
		"GIF":                          {[]byte("GIF89a\x01\x00\x01\x00"), "image/gif", ""},
		"nothing":                      {nil, "image/png", ""},
		"too large":                    {tooLarge, "image/png", ""},
		"as large as may be":           {tooLarge[:maxBytes], "image/png", "image/png"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", test.claimed)
				_, _ = w.Write(test.sent)
			})
			logo, err := fetcher(s).Fetch(t.Context(), s.URL)
			switch {
			case test.mediaType == "" && !errors.Is(err, partner.ErrNoLogo):
				t.Errorf("taken as %+v: %v", logo, err)
			case test.mediaType != "" && (err != nil || logo.MediaType != test.mediaType || !bytes.Equal(logo.Body, test.sent)):
				t.Errorf("taken as %+v: %v", logo, err)
			}
		})
	}
}

func TestAnAnswerThatIsNoLogoIsToldFromAHostThatIsAway(t *testing.T) {
	for status, gone := range map[int]bool{204: true, 304: true, 403: true, 404: true, 410: true, 500: false, 503: false} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if _, err := fetcher(s).Fetch(t.Context(), s.URL); err == nil || errors.Is(err, partner.ErrNoLogo) != gone {
			t.Errorf("%d: %v", status, err)
		}
	}
	s := serve(t, nil)
	s.Close()
	if _, err := fetcher(s).Fetch(t.Context(), s.URL); err == nil || errors.Is(err, partner.ErrNoLogo) {
		t.Error(err)
	}
}

func TestALogosHostLearnsNothing(t *testing.T) {
	var seen []http.Header
	s := serve(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header)
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "you"})
		if r.URL.Path != "/logo.png" {
			http.Redirect(w, r, "/logo.png", http.StatusFound)
			return
		}
		_, _ = w.Write(asPNG)
	})
	f := fetcher(s)
	for range 2 {
		if _, err := f.Fetch(t.Context(), s.URL+"/?secret=1"); err != nil {
			t.Fatal(err)
		}
	}
	for _, header := range seen {
		for name := range header {
			if !slices.Contains([]string{"Accept", "User-Agent", "Connection"}, name) {
				t.Errorf("%s is sent: %v", name, header[name])
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d requests", len(seen))
	}
}
