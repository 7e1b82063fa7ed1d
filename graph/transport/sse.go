package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// SSE serves the distinct connections mode of the graphql-sse protocol: one operation per request, by POST or (not
// mutations) by GET, answered as an event stream. It takes requests that want `text/event-stream` most, so it comes
// before HTTP. What is wrong with the HTTP of a request is answered by a status; what is wrong with its GraphQL, in the
// stream. Zero fields take their defaults.
type SSE struct {
	// MaxBody is how many bytes a body, or the query of a URL, may have: 64 KiB. More answers 413 (414).
	MaxBody int64
	// MaxDepth is how deep the JSON of a request may nest: 32.
	MaxDepth int
	// Heartbeat is how often an idle stream sends a comment, to keep proxies from cutting it: 15 s.
	Heartbeat time.Duration
	// ReadTimeout is how long a request may take to arrive: 10 s. More answers 408.
	ReadTimeout time.Duration
	// WriteTimeout is how long a client may take to read an event before the stream ends: 10 s.
	WriteTimeout time.Duration
	// Ended is closed when the session behind the request ended; the stream then ends with UNAUTHENTICATED. Nil never.
	Ended func(context.Context) <-chan struct{}
	// Limits caps the streams; nil caps nothing.
	Limits *Limits
	// Registry closes the stream when the process goes away; nil never.
	Registry *Sockets
}

var _ graphql.Transport = SSE{}

// Supports takes what wants an event stream.
func (s SSE) Supports(r *http.Request) bool { return !isHandshake(r) && wantsEvents(r.Header) }

// Do answers one request and returns when its stream has ended.
func (s SSE) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	a := answer{w: w, exec: exec, media: legacyJSON, timeout: s.WriteTimeout}
	params, refused := reader{maxBody: s.MaxBody, depth: s.MaxDepth, timeout: s.ReadTimeout}.read(w, r)
	if refused != nil {
		a.refuse(r.Context(), refused)
		return
	}
	place, leave, refused := s.admit(r.Context())
	if refused != nil {
		a.refuse(r.Context(), refused)
		return
	}
	defer leave()
	op, errs := exec.CreateOperationContext(r.Context(), params)
	if errs == nil && r.Method == http.MethodGet && op.Operation.Operation == ast.Mutation {
		a.refuse(graphql.WithOperationContext(r.Context(), op), methodNotAllowed("POST", "A mutation cannot be sent by GET."))
		return
	}
	st := newStream(w, exec, s.WriteTimeout)
	if errs != nil {
		st.last(exec.DispatchError(graphql.WithOperationContext(r.Context(), op), withoutText(op, errs)))
		return
	}
	var ended <-chan struct{}
	if s.Ended != nil {
		ended = s.Ended(r.Context())
	}
	st.serve(r.Context(), op, orDefault(s.Heartbeat, 15*time.Second), ended, place.going)
}

// admit takes a place for the stream, to be given back by leave.
func (s SSE) admit(ctx context.Context) (p *place, leave func(), refused *refusal) {
	p, ok := s.Registry.enter()
	if !ok {
		return nil, nil, tryLater(http.StatusServiceUnavailable, codeUnavailable, "This server is going away. Repeat.")
	}
	exit, ok := s.Limits.enter()
	if !ok {
		p.leave()
		return nil, nil, tryLater(http.StatusServiceUnavailable, codeRateLimited, "Too many streams are open. Repeat later.")
	}
	disown, ok := s.Limits.own(ctx)
	if !ok {
		exit()
		p.leave()
		return nil, nil, tryLater(http.StatusTooManyRequests, codeRateLimited, "You have too many streams open.")
	}
	return p, func() { disown(); exit(); p.leave() }, nil
}
