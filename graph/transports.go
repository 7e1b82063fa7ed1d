package graph

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/graph/transport"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// The caps on open sockets and streams.
const (
	socketsPerOwner   = 10
	socketsPerProcess = 20_000
)

// statuses are the HTTP statuses of codes that refuse a whole request; the others are 400.
var statuses = map[resident.ErrorCode]int{
	resident.Unauthenticated: 401, resident.Forbidden: 403, resident.RateLimited: 429, resident.Internal: 500,
	resident.UpstreamTimeout: 504, resident.UpstreamUnavailable: 503,
}

// transports are the ways in: WebSocket, server-sent events, and HTTP for the rest.
func transports(o Options) []graphql.Transport {
	caps := &transport.Limits{PerProcess: socketsPerProcess, PerOwner: socketsPerOwner,
		Owner: func(ctx context.Context) string {
			if c := session.CallerFrom(ctx); c != nil {
				return ownerOf(c)
			}
			// A visitor's sockets count for the address, or one machine could take all that the process has.
			return "source/" + limits.RequestOf(ctx).Source
		}}
	return []graphql.Transport{
		transport.WebSocket{Origins: func(r *http.Request) bool { return SameOrigin(o.PublicURL, r) }, Init: admit(o.Sessions), Ended: o.Sessions.Over, Limits: caps, Registry: o.Sockets},
		transport.SSE{Ended: o.Sessions.Over, Limits: caps, Registry: o.Sockets},
		transport.HTTP{Status: func(code string) int { return statuses[resident.ErrorCode(code)] }},
	}
}

// SameOrigin says that a request comes from a page of ours, or from no page at all: browsers name the page's origin in
// everything that could change something, and in the handshake of a WebSocket.
func SameOrigin(public string, r *http.Request) bool {
	origins := r.Header.Values("Origin")
	return len(origins) == 0 || len(origins) == 1 && origins[0] == public
}

// admit takes the bearer token that an app brings in connection_init, and closes a socket that brings a cookie or a
// token that is not good. A visitor may come in and is refused per field.
func admit(sessions *session.Manager) func(context.Context, map[string]any) (context.Context, error) {
	return func(ctx context.Context, payload map[string]any) (context.Context, error) {
		if session.Ended(ctx) {
			return nil, &transport.CloseError{Code: 4401, Reason: "Unauthorized"}
		}
		authorization, brought := payload["Authorization"].(string)
		if !brought {
			return ctx, nil
		}
		authenticated, err := sessions.Authenticate(ctx, authorization)
		switch {
		case errors.Is(err, session.ErrBearerUnavailable):
			return nil, &transport.CloseError{Code: 4500, Reason: "The token cannot be checked now"}
		case err != nil:
			return nil, &transport.CloseError{Code: 4403, Reason: "Forbidden"}
		}
		return authenticated, nil
	}
}
