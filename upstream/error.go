package upstream

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// Kind says what went wrong in a way the rules can act on.
type Kind int

const (
	// Refused is a business error: the upstream understood, decided against it, and changed nothing.
	Refused Kind = iota + 1
	// Unavailable is a service that could not be reached, answered 5xx or 429, reported a technical fault in its
	// envelope, or is held off by the circuit breaker or the bulkhead.
	Unavailable
	// Timeout is a deadline that passed, or a caller that went away, before the answer was read.
	Timeout
	// Garbled is an answer that is not the contract: HTML, truncated JSON, a redirect, a missing response, too many bytes.
	Garbled
	// Denied is a 401 or 403 for our service account.
	Denied
)

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Refused:
		return "refused"
	case Unavailable:
		return "unavailable"
	case Timeout:
		return "timeout"
	case Garbled:
		return "garbled"
	case Denied:
		return "denied"
	default:
		return "unknown"
	}
}

// Error is a call to an upstream service that did not succeed.
type Error struct {
	Service, Operation string
	// Code is the first code of the upstream's error list, http-<status> where it named none, or one of our own words
	// (breaker-open, bulkhead-full, too-large, …).
	Code string
	// Message is the upstream's own text. It may hold ids: for a decision, never for a log, a resident or a URL.
	Message string
	Kind    Kind
	// Sent says that the request may have reached the upstream and that no answer tells what became of it:
	// the outcome of a write is unknown. It is false when the upstream answered with a refusal or a denial.
	Sent bool

	codes  []string
	status int
	err    error
}

// Error names service, operation, kind and code; never the upstream's text or the URL, which may hold ids.
func (e *Error) Error() string {
	text := e.Service + " " + e.Operation + ": " + e.Kind.String()
	if e.Code != "" {
		text += " (" + printable(e.Code) + ")"
	}
	return text
}

// Unwrap returns what lies below (a network or decoding error without its URL), or nil.
func (e *Error) Unwrap() error { return e.err }

// Codes returns all codes of the upstream's error list, in its order; none when it sent no list.
func (e *Error) Codes() []string { return slices.Clone(e.codes) }

// KindOf returns the kind of the upstream error in err's chain, 0 when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}

// HasCode says whether err is an upstream error that carries the code, anywhere in its list: IDA puts a general code
// before or after the one that matters.
func HasCode(err error, code string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Code == code || slices.Contains(e.codes, code))
}

// printable keeps a code that looks like one: the field is the upstream's and could hold anything.
func printable(code string) string {
	for _, r := range code {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r) {
			return "unprintable"
		}
	}
	// MOSIP's codes are in capitals, e-Signet's and our own words are not; what mixes both is neither.
	mixed := code != strings.ToUpper(code) && code != strings.ToLower(code)
	if mixed || len(code) > 40 || unicode.IsDigit(rune(code[0])) {
		return "unprintable"
	}
	return code
}
