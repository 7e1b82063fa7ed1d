package upstream

import (
	"net"
	"net/http"
	"time"
)

// Transport returns a connection pool tuned for services that are near and asked often. Share one per host; its owner
// calls CloseIdleConnections at the end. It is the place to wrap for tracing.
func Transport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    128, // the default of 2 makes a new connection for nearly every concurrent call
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    2 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}
