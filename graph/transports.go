package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/graph/transport"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// The caps on open sockets and streams.
const (
	socketsPerResident = 10
	socketsPerProcess  = 20_000
)

// statuses are the HTTP statuses of codes that refuse a whole request; the others are 400.
var statuses = map[resident.ErrorCode]int{
	resident.Unauthenticated: 401, resident.Forbidden: 403, resident.RateLimited: 429, resident.Internal: 500,
	resident.UpstreamTimeout: 504, resident.UpstreamUnavailable: 503,
}

// transports are the ways in: WebSocket, server-sent events, and HTTP for the rest.
func transports(o Options) []graphql.Transport {
	limits := &transport.Limits{PerProcess: socketsPerProcess, PerOwner: socketsPerResident, Owner: func(ctx context.Context) string {
		if s := session.FromContext(ctx); s != nil {
			return s.TokenID
		}
		return ""
	}}
	ended := func(ctx context.Context) <-chan struct{} {
		if s := session.FromContext(ctx); s != nil {
			return o.Sessions.Watch(ctx, s.ID)
		}
		return nil
	}
	return []graphql.Transport{
		transport.WebSocket{Init: admit, Ended: ended, Limits: limits, Registry: o.Sockets},
		transport.SSE{Ended: ended, Limits: limits, Registry: o.Sockets},
		transport.HTTP{Status: func(code string) int { return statuses[resident.ErrorCode(code)] }},
	}
}

// admit closes a socket that brings a cookie that is no longer good; a visitor may come in and is refused per field.
func admit(ctx context.Context, _ map[string]any) (context.Context, error) {
	if session.Ended(ctx) {
		return nil, &transport.CloseError{Code: 4401, Reason: "Unauthorized"}
	}
	return ctx, nil
}
