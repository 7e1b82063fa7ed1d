package transport

import (
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The codes that this package answers in `extensions.code`.
const (
	codeInvalid         = "INVALID"
	codeForbidden       = "FORBIDDEN"
	codeRateLimited     = "RATE_LIMITED"
	codeTooCostly       = "TOO_COSTLY"
	codeInternal        = "INTERNAL"
	codeTimeout         = "UPSTREAM_TIMEOUT"
	codeUnavailable     = "UPSTREAM_UNAVAILABLE"
	codeUnauthenticated = "UNAUTHENTICATED"
)

// maxErrors bounds the answer to a document with thousands of faults.
const maxErrors = 10

// A refusal is the answer to a request that never reaches the executor, or not its resolvers.
type refusal struct {
	status  int
	code    string
	message string
	header  http.Header
}

func (r *refusal) list() gqlerror.List { return gqlerror.List{coded(r.code, r.message)} }

func invalid(status int, message string) *refusal {
	return &refusal{status: status, code: codeInvalid, message: message}
}

func methodNotAllowed(allow, message string) *refusal {
	r := invalid(http.StatusMethodNotAllowed, message)
	r.header = http.Header{"Allow": {allow}}
	return r
}

func tryLater(status int, code, message string) *refusal {
	return &refusal{status: status, code: code, message: message, header: http.Header{"Retry-After": {"10"}}}
}

func coded(code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// withoutText is what the executor found wrong with a request, without the request's text: gqlparser quotes literals,
// variables and tokens, any of which may be a person's. Names of fields and types stay, they help a developer.
// Errors that an extension raised pass as they are.
func withoutText(op *graphql.OperationContext, list gqlerror.List) gqlerror.List {
	if len(list) > maxErrors {
		list = list[:maxErrors]
	}
	clean := make(gqlerror.List, len(list))
	for i, err := range list {
		clean[i] = withoutQuotes(op, err)
	}
	return clean
}

func withoutQuotes(op *graphql.OperationContext, err *gqlerror.Error) *gqlerror.Error {
	found, _ := err.Extensions["code"].(string)
	if found != errcode.ParseFailed && found != errcode.ValidationFailed {
		return err
	}
	clean := coded(codeInvalid, err.Message)
	clean.Locations = err.Locations
	switch {
	case strings.HasPrefix(err.Message, "exceeded token limit"):
		clean = coded(codeTooCostly, "The document is too long.")
	case found == errcode.ParseFailed:
		clean.Message = "The document is not well-formed GraphQL."
	case op == nil || op.Doc == nil:
		if err.Rule == "ValuesOfCorrectType" {
			clean.Message = "A value in the document does not fit its type."
		}
	case op.Operation == nil:
		clean.Message = "The document holds no operation of that name, or several and none was named."
	case op.Variables == nil:
		clean.Message = "The value of a variable does not fit its type."
	}
	return clean
}
