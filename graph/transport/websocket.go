package transport

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
)

const subprotocol = "graphql-transport-ws"

// WebSocket serves the graphql-transport-ws protocol. The package's comment lists its close codes. Zero fields take
// their defaults.
type WebSocket struct {
	// Origins says whether a handshake may come from its Origin; a browser sends its cookies with one from any page.
	// Nil accepts the same host and clients that send no Origin, which are no browsers.
	Origins func(*http.Request) bool
	// Init decides about a connection by the payload of its connection_init (nil without one) and returns the context
	// of its operations, made from the one it is given; when that has a deadline, the socket is closed with 4401 then. A
	// *CloseError refuses with its code, any other error with 4403.
	Init func(ctx context.Context, payload map[string]any) (context.Context, error)
	// InitTimeout is how long the client has for connection_init, and Init for its decision: 10 s.
	InitTimeout time.Duration
	// Ping is how often the client is pinged: 20 s. One that sends nothing until the next ping is closed with 4408.
	Ping time.Duration
	// WriteTimeout is how long a client may take to read a message before the socket is cut: 10 s.
	WriteTimeout time.Duration
	// MaxMessage is how many bytes a message may have: 64 KiB. More closes with 1009 (RFC 6455).
	MaxMessage int64
	// MaxDepth is how deep the JSON of a request may nest: 32.
	MaxDepth int
	// MaxSubscriptions is how many operations may run on one socket: 20. One more is answered by an `error` message
	// with RATE_LIMITED; the others go on.
	MaxSubscriptions int
	// Ended is closed when the session behind the operations' context ended; the socket is then closed with 4401. Nil
	// never.
	Ended func(context.Context) <-chan struct{}
	// Limits caps the sockets; nil caps nothing. Its Owner is asked with the operations' context.
	Limits *Limits
	// Registry closes the socket when the process goes away; nil never.
	Registry *Sockets
}

var _ graphql.Transport = WebSocket{}

// A CloseError is a close code (4000 to 4999 are free for applications) with a reason of at most 123 bytes.
type CloseError struct {
	Code   int
	Reason string
}

// Error is for logs.
func (e *CloseError) Error() string { return fmt.Sprintf("close %d: %s", e.Code, e.Reason) }

// Supports takes WebSocket handshakes.
func (t WebSocket) Supports(r *http.Request) bool { return isHandshake(r) }

// Do upgrades one request and returns when its socket is closed and everything that ran on it has ended.
func (t WebSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	t = t.withDefaults()
	a := answer{w: w, exec: exec, media: legacyJSON, timeout: t.WriteTimeout}
	if !t.Origins(r) {
		a.refuse(r.Context(), &refusal{status: http.StatusForbidden, code: codeForbidden, message: "This origin may not connect."})
		return
	}
	place, ok := t.Registry.enter()
	if !ok {
		a.refuse(r.Context(), tryLater(http.StatusServiceUnavailable, codeUnavailable, "This server is going away. Repeat."))
		return
	}
	defer place.leave()
	leave, ok := t.Limits.enter()
	if !ok {
		a.refuse(r.Context(), tryLater(http.StatusServiceUnavailable, codeRateLimited, "Too many sockets are open. Repeat later."))
		return
	}
	defer leave()
	w.Header().Set("Cache-Control", "no-store")
	// The origin has been checked above, by a rule that can be chosen.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}, InsecureSkipVerify: true})
	if err != nil {
		return // and has been answered
	}
	if !strings.EqualFold(conn.Subprotocol(), subprotocol) {
		_ = conn.Close(4406, "Subprotocol not acceptable")
		return
	}
	conn.SetReadLimit(t.MaxMessage)
	newSocket(t, conn, r, exec, place.going).serve() //nolint:contextcheck // a socket is what its context stands for, and keeps it
}

func (t WebSocket) withDefaults() WebSocket {
	if t.Origins == nil {
		t.Origins = sameHost
	}
	t.InitTimeout = orDefault(t.InitTimeout, 10*time.Second)
	t.Ping = orDefault(t.Ping, 20*time.Second)
	t.WriteTimeout = orDefault(t.WriteTimeout, writeTimeout)
	t.MaxMessage = orDefault(t.MaxMessage, maxBody)
	t.MaxDepth = orDefault(t.MaxDepth, depth)
	t.MaxSubscriptions = orDefault(t.MaxSubscriptions, 20)
	return t
}

func sameHost(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	origin, err := url.Parse(origins[0])
	return err == nil && len(origins) == 1 && origin.Host != "" && strings.EqualFold(origin.Host, r.Host)
}

func isHandshake(r *http.Request) bool {
	for _, value := range r.Header.Values("Upgrade") {
		for protocol := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(protocol), "websocket") {
				return true
			}
		}
	}
	return false
}
