package limits

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSource(t *testing.T) {
	for name, test := range map[string]struct {
		peer      string
		forwarded []string
		proxies   int
		want      string
	}{
		"no proxy":                          {"192.0.2.1:1234", nil, 0, "192.0.2.1"},
		"a header that nobody vouches for":  {"192.0.2.1:1234", []string{"198.51.100.7"}, 0, "192.0.2.1"},
		"one proxy":                         {"10.0.0.1:1234", []string{"198.51.100.7"}, 1, "198.51.100.7"},
		"a client that adds its own":        {"10.0.0.1:1234", []string{"203.0.113.9, 198.51.100.7"}, 1, "198.51.100.7"},
		"a client that adds its own header": {"10.0.0.1:1234", []string{"203.0.113.9", "198.51.100.7"}, 1, "198.51.100.7"},
		"two proxies":                       {"10.0.0.1:1234", []string{"203.0.113.9, 198.51.100.7, 10.0.0.2"}, 2, "198.51.100.7"},
		"fewer entries than proxies":        {"10.0.0.1:1234", []string{"198.51.100.7"}, 3, "198.51.100.7"},
		"a proxy that says nothing":         {"10.0.0.1:1234", nil, 1, "10.0.0.1"},
		"nonsense":                          {"10.0.0.1:1234", []string{"unknown"}, 1, "10.0.0.1"},
		"IPv6 is its /64":                   {"[2001:db8:1:2:3:4:5:6]:1234", nil, 0, "2001:db8:1:2::/64"},
		"IPv6 with a zone":                  {"[fe80::1%eth0]:1234", nil, 0, "fe80::/64"},
		"IPv4 in IPv6":                      {"[::ffff:192.0.2.1]:1234", nil, 0, "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.RemoteAddr = test.peer
			r.Header["X-Forwarded-For"] = test.forwarded
			if got := Source(r, test.proxies); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestAWebSocketHandshakeIsNoGET(t *testing.T) {
	known := func(r *http.Request) (seen Request) {
		Middleware(0, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = RequestOf(r.Context()) })).
			ServeHTTP(httptest.NewRecorder(), r)
		return seen
	}
	handshake := httptest.NewRequest(http.MethodGet, "/graphql", nil)
	handshake.Header.Set("Upgrade", "websocket")
	if r := known(handshake); r.ByGET || r.header != nil || r.Source == "" {
		t.Errorf("%+v", r)
	}
	if r := known(httptest.NewRequest(http.MethodGet, "/graphql?query={a}", nil)); !r.ByGET || r.header == nil {
		t.Errorf("%+v", r)
	}
	if r := RequestOf(context.Background()); r.Source != "" || r.ByGET {
		t.Errorf("nothing is known of no request: %+v", r)
	}
}
