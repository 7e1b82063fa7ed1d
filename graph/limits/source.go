package limits

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// A Request is what the limits know of the HTTP request behind a context.
type Request struct {
	// Source is the address that the request came from.
	Source string
	// ByGET says that the operation itself came by GET. A WebSocket handshake is GET too, but holds no operation.
	ByGET bool
	// header is where RateLimit fields go; nil for a WebSocket, which has no header to answer with any more.
	header http.Header
}

type requestKey struct{}

// Middleware keeps what the limits need of each request. trustedProxies is as for Source.
func Middleware(trustedProxies int, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := &Request{Source: Source(r, trustedProxies)}
		if r.Header.Get("Upgrade") == "" {
			known.ByGET, known.header = r.Method == http.MethodGet, w.Header()
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, known)))
	})
}

// RequestOf answers what is known of the request behind ctx: of a request that Middleware has not seen, nothing.
func RequestOf(ctx context.Context) Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return *r
	}
	return Request{}
}

// Source answers the address that a request came from: of the peer, or of whom the outermost of trustedProxies proxies
// names as its own peer in X-Forwarded-For. Each proxy adds its peer at the end, so what a client put there itself comes
// before and is never read. IPv6 addresses are those of their /64, which is what one household or host gets.
func Source(r *http.Request, trustedProxies int) string {
	address := r.RemoteAddr
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	if trustedProxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if named := strings.TrimSpace(hops[max(0, len(hops)-trustedProxies)]); isAddress(named) {
			address = named
		}
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		prefix, _ := ip.Prefix(64) // an IPv6 address has 64 bits
		return prefix.String()
	}
	return ip.String()
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
