package graph

import (
	"context"
	"io/fs"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

// Limits is what one operation and one caller may ask.
type Limits struct {
	// Policies is what each class of client may do; a class without one may do nothing.
	Policies map[limits.Class]limits.Policy
	// Bounds is the largest document.
	Bounds limits.Bounds
	// Documents are the trusted ones.
	Documents *documents.Library
	// Limiter counts what callers ask; nil counts nothing.
	Limiter *limits.Limiter
	// Timeout is how long a query or a mutation may take.
	Timeout time.Duration
}

// faultUnits is what a refused operation costs its caller: reading it is work too.
const faultUnits = 1

// guard applies the limits to each operation, whatever transport brings it.
type guard struct {
	Limits
	reader *limits.Reader
	prices *limits.Prices
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
} = &guard{}

// ExtensionName names the extension to gqlgen.
func (*guard) ExtensionName() string { return "Limits" }

// Validate reads bounds and prices for the schema.
func (g *guard) Validate(schema graphql.ExecutableSchema) (err error) {
	g.reader = limits.NewReader(schema.Schema(), g.Bounds)
	g.prices, err = limits.NewPrices(schema.Schema())
	return err
}

// callerOf answers who asks, in the words of the limits.
func callerOf(ctx context.Context) limits.Caller {
	caller := limits.Caller{Class: limits.Visitor, Source: limits.RequestOf(ctx).Source}
	c := session.CallerFrom(ctx)
	if c == nil {
		return caller
	}
	caller.Owner = ownerOf(c)
	switch c.Kind {
	case session.CallerPartner:
		caller.Class = limits.Partner
	case session.CallerOperator:
		caller.Class = limits.Operator
	default:
		caller.Class = limits.Resident
	}
	return caller
}

// ownerOf names a caller, the same for all that they have open.
func ownerOf(c *session.Caller) string {
	switch {
	case c == nil:
		return ""
	case c.Session != nil:
		return c.Session.TokenID
	case c.Kind == session.CallerPartner:
		return "partner/" + c.PartnerID
	}
	return c.Issuer + "/" + c.Subject
}

// MutateOperationParameters finds the document and refuses, before gqlgen reads it, what the caller may not send.
func (g *guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	caller := callerOf(ctx)
	if wait := g.Limiter.Wait(ctx, caller); wait > 0 {
		return tooMany(ctx, wait)
	}
	doc, refused := g.document(ctx, g.Policies[caller.Class], params)
	if refused == nil {
		refused = g.Bounds.CheckValues(params.Variables)
	}
	if refused != nil {
		if _, wait, err := g.Limiter.Charge(ctx, caller, faultUnits); err != nil {
			return tooMany(ctx, wait)
		}
		return refused
	}
	graphql.GetOperationContext(ctx).Doc = doc
	return nil
}

// document answers the trusted document that a request names, or the free one that it brings.
func (g *guard) document(ctx context.Context, may limits.Policy, params *graphql.RawParams) (*ast.QueryDocument, *gqlerror.Error) {
	if id, named := params.Extensions["documentId"].(string); named {
		if params.Query != "" && documents.ID(params.Query) != id {
			return nil, refused(ctx, resident.Invalid, "The query is not the document that documentId names.")
		}
		by := documents.Release{Client: params.Headers.Get("X-Client-Name"), Version: params.Headers.Get("X-Client-Version")}
		if trusted, err := g.Documents.Find(id, by); err == nil {
			params.Query = trusted.Text
			return trusted.Parsed, nil
		}
		if params.Query == "" {
			return nil, refused(ctx, resident.DocumentNotTrusted, "")
		}
	}
	if !may.FreeDocuments || limits.RequestOf(ctx).ByGET && !may.FreeByGET {
		return nil, refused(ctx, resident.DocumentNotTrusted, "")
	}
	return g.reader.Read(ctx, params.Query, may.Introspection)
}

// MutateOperationContext prices the operation and refuses it, before anything is resolved, when the class of client may
// not ask so much or the caller has asked too much.
func (g *guard) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	caller := callerOf(ctx)
	may := g.Policies[caller.Class]
	op.DisableIntrospection = !may.Introspection
	requested, refusal := g.prices.Cost(op.Operation, op.Variables)
	cost := limits.Cost{Requested: requested, Limit: may.Cost}
	op.Stats.SetExtension("cost", &cost)
	switch {
	case refusal != nil:
	case requested > may.Cost:
		refusal = refused(ctx, resident.TooCostly, "")
	case !may.Introspection && limits.Introspects(op.Operation.SelectionSet):
		refusal = refused(ctx, resident.Forbidden, "")
	}
	units := requested
	if refusal != nil {
		units = faultUnits
	}
	remaining, wait, err := g.Limiter.Charge(ctx, caller, units)
	cost.Remaining = remaining
	if err != nil {
		return tooMany(ctx, wait)
	}
	return refusal
}

// InterceptOperation bounds the time of what ends by itself. A subscription does not.
func (g *guard) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		return next(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	respond := next(ctx)
	return func(ctx context.Context) *graphql.Response {
		defer cancel()
		return respond(ctx)
	}
}

// InterceptResponse tells the cost in every answer to an operation that got so far.
func (g *guard) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if graphql.HasOperationContext(ctx) {
		if cost := graphql.GetOperationContext(ctx).Stats.GetExtension("cost"); cost != nil {
			graphql.RegisterExtension(ctx, "cost", cost)
		}
	}
	return next(ctx)
}

// handover is gqlgen's cache of documents: it answers the one that guard has read for the operation, so that gqlgen does
// not read it again.
type handover struct{}

func (handover) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc := graphql.GetOperationContext(ctx).Doc
	return doc, doc != nil
}

func (handover) Add(context.Context, string, *ast.QueryDocument) {}

func tooMany(ctx context.Context, wait time.Duration) *gqlerror.Error {
	err := refused(ctx, resident.RateLimited, "")
	err.Extensions["retryAfterSeconds"] = limits.Seconds(wait)
	return err
}

// refused answers a refusal with the code's own sentence unless there is a better one.
func refused(ctx context.Context, code resident.ErrorCode, message string) *gqlerror.Error {
	if message == "" {
		message = resident.Message(ctx, code)
	}
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": string(code)}}
}

// LoadDocuments reads the manifests in folders and checks their documents against the schema and the bounds.
func LoadDocuments(bounds limits.Bounds, folders ...fs.FS) (*documents.Library, error) {
	return documents.Load(limits.NewReader(NewExecutableSchema(Config{}).Schema(), bounds), folders...)
}
