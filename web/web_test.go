package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"dist/.gitkeep":              {},
		"dist/playground.html":       {Data: []byte("<!doctype html><title>page</title>")},
		"dist/assets/main-Ab12.js":   {Data: []byte("export {}")},
		"dist/assets/main-Ab12.css":  {Data: []byte("body{}")},
		"dist/assets/font-Ab12.ttf":  {Data: []byte("font")},
		"dist/assets/notes.txt":      {Data: []byte("not for the public")},
		"dist/assets/folder.js/a.js": {Data: []byte("export {}")},
		"dist/secret.js":             {Data: []byte("outside")},
	}
}

func get(t *testing.T, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	h := newPlayground(built(), Options{SandboxURL: "http://localhost:8090/sandbox/?a=1&b=2"})
	const immutable = "public, max-age=31536000, immutable"
	for _, c := range []struct {
		target, kind, cache, body string
		status                    int
	}{
		{"/playground", "text/html; charset=utf-8", "no-cache", "<title>page</title>", 200},
		{"/playground/config.json", "application/json", "no-store", `{"sandboxUrl":"http://localhost:8090/sandbox/?a=1\u0026b=2"}`, 200},
		{"/playground/assets/main-Ab12.js", "text/javascript; charset=utf-8", immutable, "export {}", 200},
		{"/playground/assets/main-Ab12.css", "text/css; charset=utf-8", immutable, "body{}", 200},
		{"/playground/assets/font-Ab12.ttf", "font/ttf", immutable, "font", 200},
		{"/playground/", "text/html; charset=utf-8", "", "", 301},
		{"/playground/assets/gone-Ab12.js", "text/plain; charset=utf-8", "", "404", 404},
		{"/playground/assets/notes.txt", "text/plain; charset=utf-8", "", "404", 404},
		{"/playground/assets/folder.js", "text/plain; charset=utf-8", "", "404", 404},
		{"/playground/assets/", "text/plain; charset=utf-8", "", "404", 404},
		{"/playground/playground.html", "text/plain; charset=utf-8", "", "404", 404},
	} {
		w := get(t, h, c.target)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) {
			t.Errorf("%s: %d %q, want %d with %q", c.target, w.Code, w.Body, c.status, c.body)
		}
		if kind := w.Header().Get("Content-Type"); kind != c.kind {
			t.Errorf("%s: Content-Type %q, want %q", c.target, kind, c.kind)
		}
		if cache := w.Header().Get("Cache-Control"); cache != c.cache {
			t.Errorf("%s: Cache-Control %q, want %q", c.target, cache, c.cache)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", c.target, name, got, want)
			}
		}
		if !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self';") {
			t.Errorf("%s: Content-Security-Policy %q", c.target, w.Header().Get("Content-Security-Policy"))
		}
	}
}

func TestTraversalIsRefused(t *testing.T) {
	h := newPlayground(built(), Options{})
	for _, target := range []string{
		"/playground/assets/..%2fsecret.js",
		"/playground/assets/%2e%2e%2fsecret.js",
		"/playground/assets/..%5csecret.js",
		"/playground/assets/main-Ab12.css%2f..%2f..%2fsecret.js",
		"/playground/assets/%2fdist%2fsecret.js",
		"/playground/assets/../../secret.js",
		"/playground/assets/..",
	} {
		if w := get(t, h, target); w.Code == 200 || strings.Contains(w.Body.String(), "outside") {
			t.Errorf("%s: %d %q", target, w.Code, w.Body)
		}
	}
}

func TestPageIsRevalidated(t *testing.T) {
	h := newPlayground(built(), Options{})
	tag := get(t, h, "/playground").Header().Get("ETag")
	if w := get(t, h, "/playground", "If-None-Match", tag); w.Code != http.StatusNotModified {
		t.Errorf("the same page answers %d, want 304", w.Code)
	}
	other := built()
	other["dist/playground.html"].Data = []byte("<title>next build</title>")
	if w := get(t, newPlayground(other, Options{}), "/playground", "If-None-Match", tag); w.Code != http.StatusOK {
		t.Errorf("another build answers %d, want 200", w.Code)
	}
}

func TestNotBuilt(t *testing.T) {
	w := get(t, newPlayground(fstest.MapFS{"dist/.gitkeep": {}}, Options{}), "/playground")
	if w.Code != http.StatusServiceUnavailable || strings.TrimSpace(w.Body.String()) != notBuilt {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if cache := w.Header().Get("Cache-Control"); cache != "no-store" {
		t.Errorf("Cache-Control %q: a browser would remember that it was not built", cache)
	}
}

func TestNoSandboxInProduction(t *testing.T) {
	if body := get(t, newPlayground(built(), Options{}), "/playground/config.json").Body.String(); body != "{}" {
		t.Errorf("config.json is %q, want {}", body)
	}
}

func TestOnlyReads(t *testing.T) {
	w := httptest.NewRecorder()
	newPlayground(built(), Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/playground", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d, want 405", w.Code)
	}
}

func TestPolicyTrustsNoHostHeader(t *testing.T) {
	for host, connect := range map[string]string{
		"localhost:8080": "connect-src 'self' ws://localhost:8080 wss://localhost:8080;",
		"id.example.org": "connect-src 'self' ws://id.example.org wss://id.example.org;",
		"[::1]:8080":     "connect-src 'self';",
		"a;script-src *": "connect-src 'self';",
		"a evil.example": "connect-src 'self';",
		"a,default-src":  "connect-src 'self';",
		"*":              "connect-src 'self';",
		"":               "connect-src 'self';",
	} {
		if got := policy(host); !strings.Contains(got, connect) {
			t.Errorf("Host %q: %q lacks %q", host, got, connect)
		}
	}
}
