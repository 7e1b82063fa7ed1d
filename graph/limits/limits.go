// Package limits bounds what one operation and one caller can ask of this process. It knows no noun of the domain and
// no session: package graph tells it who calls.
//
// A document is bounded before it is validated, since validation is where a hostile one costs most (size.go,
// document.go); an operation is priced by the schema's @cost before anything is resolved (cost.go); a caller draws on a
// bucket of cost units in Redis (rate.go). What refuses is a *gqlerror.Error with a code of the API's list.
package limits

import "github.com/vektah/gqlparser/v2/gqlerror"

// The codes that this package answers in `extensions.code`.
const (
	codeInvalid   = "INVALID"
	codeTooCostly = "TOO_COSTLY"
)

// A Class is a kind of client.
type Class string

// The classes. A visitor is whoever is not signed in.
const (
	Visitor  Class = "visitor"
	Resident Class = "resident"
	Partner  Class = "partner"
	Operator Class = "operator"
)

// A Policy is what a class of client may do.
type Policy struct {
	// Cost is the most that one operation may cost.
	Cost int
	// FreeDocuments says whether the client may send operations of its own, beside trusted documents.
	FreeDocuments bool
	// FreeByGET says whether it may send them by GET as well, where they end in logs and histories.
	FreeByGET bool
	// Introspection says whether the client may read the schema; if not, no error tells a name of it.
	Introspection bool
}

// A Caller is who asks. Zero means a visitor from nowhere, whom no bucket counts.
type Caller struct {
	Class Class
	// Owner names the signed-in caller, empty for a visitor.
	Owner string
	// Source is the address the request came from, as Source answers it.
	Source string
}

func tooCostly(message string) *gqlerror.Error { return refusal(codeTooCostly, message) }

func refusal(code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}
