package transport

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// HTTP serves GET (queries only) and POST by the GraphQL-over-HTTP specification. It takes every request that is no
// WebSocket handshake, so it comes last. Zero fields take their defaults.
type HTTP struct {
	// MaxBody is how many bytes a body, or the query of a URL, may have: 64 KiB. More answers 413 (414).
	MaxBody int64
	// MaxDepth is how deep the JSON of a request may nest: 32.
	MaxDepth int
	// ReadTimeout is how long a request may take to arrive: 10 s. More answers 408.
	ReadTimeout time.Duration
	// WriteTimeout is how long a client may take to read an answer: 10 s.
	WriteTimeout time.Duration
	// Status is the HTTP status for a request that was refused with this code; 0 means 400. Without it RATE_LIMITED
	// is 429 and everything else 400. A 400 becomes 200 for clients that accept only application/json.
	Status func(code string) int
}

var _ graphql.Transport = HTTP{}

// Supports takes what is no WebSocket handshake.
func (h HTTP) Supports(r *http.Request) bool { return !isHandshake(r) }

// Do answers one request.
func (h HTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	media := mediaType(r.Header)
	a := answer{w: w, exec: exec, media: orDefault(media, legacyJSON), timeout: h.WriteTimeout, status: h.Status}
	ctx := r.Context()
	params, refused := reader{maxBody: h.MaxBody, depth: h.MaxDepth, timeout: h.ReadTimeout}.read(w, r)
	if media == "" && refused == nil {
		refused = invalid(http.StatusNotAcceptable, "Only application/graphql-response+json and application/json can be served.")
	}
	if refused != nil {
		a.refuse(ctx, refused)
		return
	}
	op, errs := exec.CreateOperationContext(ctx, params)
	if errs != nil {
		a.send(exec.DispatchError(graphql.WithOperationContext(ctx, op), withoutText(op, errs)))
		return
	}
	if refused = allowed(op, r.Method); refused != nil {
		a.refuse(graphql.WithOperationContext(ctx, op), refused)
		return
	}
	responses, opCtx := exec.DispatchOperation(ctx, op)
	resp := responses(opCtx)
	if resp == nil {
		a.refuse(opCtx, interrupted(opCtx))
		return
	}
	a.send(resp)
}

// allowed says whether the operation may run by this method.
func allowed(op *graphql.OperationContext, method string) *refusal {
	switch {
	case method == http.MethodGet && op.Operation.Operation != ast.Query:
		return methodNotAllowed("POST", "Only queries can be sent by GET.")
	case op.Operation.Operation == ast.Subscription:
		return invalid(http.StatusNotAcceptable, "Subscriptions are answered as text/event-stream or over a WebSocket.")
	default:
		return nil
	}
}

// interrupted is why the executor had nothing to say.
func interrupted(ctx context.Context) *refusal {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &refusal{status: http.StatusGatewayTimeout, code: codeTimeout, message: "The operation took too long."}
	}
	return &refusal{status: http.StatusInternalServerError, code: codeInternal, message: "The operation was not finished."}
}
