package graph

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/resident-graph/resident-graph/observe"
	"github.com/resident-graph/resident-graph/resident"
)

// present gives every error a code of the closed list, a sentence for the resident and the trace id. What nobody
// foresaw is logged and shown as INTERNAL without a word of it.
func present(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
		if shown.Extensions == nil {
			shown.Extensions = map[string]any{}
		}
		shown.Extensions["traceId"] = observe.TraceID(ctx)
		if ours, ok := shown.Extensions["code"].(string); ok && shown.Err == nil {
			shown.Extensions["code"] = string(requestCode(ours)) // transports read a string
			if ours == errcode.ParseFailed {
				// The parser's text quotes the document, which may hold values.
				shown.Message = "The document is not well-formed GraphQL."
			}
			return shown
		}
		if shown.Err == nil && !isOurs(err) {
			// The request itself is at fault: gqlparser and gqlgen make such errors without a cause or a code.
			shown.Extensions["code"] = string(resident.Invalid)
			return shown
		}
		e := resident.AsError(err)
		if e.Code == resident.Internal {
			log.ErrorContext(ctx, "unforeseen", "path", shown.Path.String(), "error", err)
		}
		shown.Message = resident.MessageFor(ctx, e)
		shown.Extensions["code"] = string(e.Code)
		if e.UpstreamCode != "" {
			shown.Extensions["upstreamCode"] = e.UpstreamCode
		}
		if e.RetryAfter > 0 {
			shown.Extensions["retryAfterSeconds"] = e.RetryAfter
		}
		for name, value := range e.Hints {
			shown.Extensions[name] = value
		}
		return shown
	}
}

// isOurs says that err is not gqlgen's own.
func isOurs(err error) bool {
	_, theirs := errors.AsType[*gqlerror.Error](err)
	return !theirs
}

// requestCode maps gqlgen's own codes to INVALID and leaves ours.
func requestCode(code string) resident.ErrorCode {
	switch code {
	case errcode.ParseFailed, errcode.ValidationFailed:
		return resident.Invalid
	}
	return resident.ErrorCode(code)
}

// recovered logs a panic and answers INTERNAL.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, p any) error {
		log.ErrorContext(ctx, "panic", "value", p, "stack", string(debug.Stack()))
		return &resident.Error{Code: resident.Internal}
	}
}
