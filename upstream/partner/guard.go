package partner

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"

	"code.dny.dev/ssrf"
)

// guarded is a transport that dials public addresses only, on port 443, except of the hosts that may be private. The
// address is looked at when it is dialled, after the name was resolved: a name that leads elsewhere the second time, or
// an address in another notation, is seen as what it is. It knows no proxy, which would resolve names by itself, and
// keeps no connection.
func guarded(private []string, resolver *net.Resolver) *http.Transport {
	guard := ssrf.New(ssrf.WithPorts(443))
	public := &net.Dialer{Control: guard.Safe, Resolver: resolver}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if slices.Contains(private, address) {
				return (&net.Dialer{Resolver: resolver}).DialContext(ctx, network, address)
			}
			conn, err := public.DialContext(ctx, network, address)
			if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
				return nil, fmt.Errorf("%w: not a public address", ErrNoLogo)
			}
			return conn, err
		},
		DisableKeepAlives:      true,
		DisableCompression:     true, // the bound is on bytes as they are sent
		MaxResponseHeaderBytes: 16 << 10,
	}
}
