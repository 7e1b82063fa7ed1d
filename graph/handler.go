// Package graph is the GraphQL machinery: generated code, transports, limits, directives and errors. It knows no noun
// of the domain.
package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"

	"github.com/resident-graph/resident-graph/graph/transport"
	"github.com/resident-graph/resident-graph/session"
)

// Options is what the endpoint needs beside the resolvers.
type Options struct {
	Sessions *session.Manager
	// FreshFor is how old a sign-in may be for what needs a fresh one.
	FreshFor time.Duration
	// Limits is what one operation and one caller may ask.
	Limits Limits
	// PerResponse prepares the context of each response: of each event, for a subscription.
	PerResponse func(context.Context) context.Context
	// Sockets knows the open sockets and streams, for draining.
	Sockets *transport.Sockets
	// PublicURL is the origin that browsers see: sockets of other pages are refused.
	PublicURL string
	Log       *slog.Logger
	Now       func() time.Time
}

// NewHandler answers the GraphQL endpoint: queries and mutations over HTTP, subscriptions over WebSocket
// (graphql-transport-ws) and server-sent events.
func NewHandler(root ResolverRoot, o Options) http.Handler {
	server := handler.New(NewExecutableSchema(Config{
		Resolvers:  root,
		Directives: DirectiveRoot{Auth: authorise(o.Sessions, o.FreshFor, o.Now)},
	}))
	for _, t := range transports(o) {
		server.AddTransport(t)
	}
	server.SetQueryCache(handover{})
	server.SetErrorPresenter(present(o.Log))
	server.SetRecoverFunc(recovered(o.Log))
	server.Use(&guard{Limits: o.Limits})
	server.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		return next(o.PerResponse(ctx))
	})
	return server
}
