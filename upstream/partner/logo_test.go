package partner_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/partner"
)

func logos(t *testing.T, hosts ...string) *partner.Logos {
	t.Helper()
	l := partner.NewLogos(partner.LogoConfig{Hosts: hosts, MaxBytes: 4096})
	t.Cleanup(l.CloseIdleConnections)
	return l
}

func TestLogosOfMOSIP(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	all, err := partner.New(m.Client("partner", "PARTNER_URL")).List(t.Context())
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	l := logos(t, m.Env["PARTNER_LOGO_HOSTS"])
	for _, p := range all {
		if got, err := l.Logo(t.Context(), p.LogoURL); err != nil || got.MediaType != "image/svg+xml" || !strings.HasPrefix(string(got.Data), "<svg") {
			t.Errorf("%s: %+v, %v", p.Key, got, err)
		}
	}
}

func TestWhatIsALogo(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\n"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie")+r.Header.Get("Authorization") != "" {
			t.Error("a partner got a token")
		}
		switch r.URL.Path {
		case "/a.png":
			w.Header().Set("Content-Type", "text/html") // what it is called does not count
			_, _ = w.Write([]byte(png))
		case "/xml.svg":
			_, _ = w.Write([]byte("\ufeff <?xml version=\"1.0\"?><svg/>"))
		case "/page":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("<html><svg>"))
		case "/large":
			_, _ = w.Write([]byte(png + strings.Repeat("x", 5000)))
		case "/away":
			http.Redirect(w, r, "/a.png", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "http://")
	l := logos(t, host)
	for path, media := range map[string]string{"/a.png": "image/png", "/xml.svg": "image/svg+xml"} {
		if got, err := l.Logo(t.Context(), s.URL+path); err != nil || got.MediaType != media {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	for path, kind := range map[string]upstream.Kind{
		"/page": upstream.Garbled, "/large": upstream.Garbled, "/away": upstream.Unavailable, "/none": upstream.Unavailable,
	} {
		if _, err := l.Logo(t.Context(), s.URL+path); upstream.KindOf(err) != kind {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, elsewhere := range []string{"http://localhost:1/a.png", "http://u:p@" + host + "/a.png", "file:///etc/passwd", "", "\x00"} {
		if _, err := l.Logo(t.Context(), elsewhere); !errors.Is(err, partner.ErrForeignLogo) {
			t.Errorf("%q: %v", elsewhere, err)
		}
	}
	s.Close()
	if _, err := l.Logo(t.Context(), s.URL+"/a.png"); upstream.KindOf(err) != upstream.Unavailable {
		t.Error(err)
	}
}

func TestLogosNearbyAreNotAsked(t *testing.T) {
	t.Parallel()
	asked := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer s.Close()
	l := logos(t)
	for _, url := range []string{
		s.URL + "/a.png", "https://localhost" + s.URL[strings.LastIndex(s.URL, ":"):], "https://169.254.169.254/latest", "https://10.0.0.1/",
		"https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://100.64.0.1/", "https://[fe80::1]/", "http://example.org/plain.png",
	} {
		if _, err := l.Logo(t.Context(), url); !errors.Is(err, partner.ErrForeignLogo) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if asked {
		t.Error("this machine was asked")
	}
}
