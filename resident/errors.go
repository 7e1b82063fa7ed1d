package resident

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/resident-graph/resident-graph/resident/codes"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// ErrorCode is the closed list of what can go wrong, the same in payloads, errors and docs.
type ErrorCode string

// The codes; the schema says what each means.
const (
	Unauthenticated     ErrorCode = "UNAUTHENTICATED"
	Forbidden           ErrorCode = "FORBIDDEN"
	ConsentRequired     ErrorCode = "CONSENT_REQUIRED"
	StepUpRequired      ErrorCode = "STEP_UP_REQUIRED"
	NotFound            ErrorCode = "NOT_FOUND"
	Invalid             ErrorCode = "INVALID"
	Conflict            ErrorCode = "CONFLICT"
	IdempotencyMismatch ErrorCode = "IDEMPOTENCY_MISMATCH"
	RateLimited         ErrorCode = "RATE_LIMITED"
	OTPWrong            ErrorCode = "OTP_WRONG"
	OTPExpired          ErrorCode = "OTP_EXPIRED"
	OTPLocked           ErrorCode = "OTP_LOCKED"
	QuotaReached        ErrorCode = "QUOTA_REACHED"
	LoginVid            ErrorCode = "LOGIN_VID"
	NotReady            ErrorCode = "NOT_READY"
	Expired             ErrorCode = "EXPIRED"
	DraftPending        ErrorCode = "DRAFT_PENDING"
	UpdateLimit         ErrorCode = "UPDATE_LIMIT"
	SameValue           ErrorCode = "SAME_VALUE"
	UploadRefused       ErrorCode = "UPLOAD_REFUSED"
	OutcomeUnknown      ErrorCode = "OUTCOME_UNKNOWN"
	UpstreamUnavailable ErrorCode = "UPSTREAM_UNAVAILABLE"
	UpstreamTimeout     ErrorCode = "UPSTREAM_TIMEOUT"
	DocumentNotTrusted  ErrorCode = "DOCUMENT_NOT_TRUSTED"
	TooCostly           ErrorCode = "TOO_COSTLY"
	Internal            ErrorCode = "INTERNAL"
)

// Error is a failure with a code of the closed list. Its text is for the log: it never holds personal data.
type Error struct {
	Code ErrorCode
	// Path is the input value at fault, from `input` on; nil when it is none of them.
	Path []string
	// UpstreamCode is MOSIP's own code, kept for support.
	UpstreamCode string
	// RetryAfter is in seconds; 0 when waiting does not help.
	RetryAfter int
	// Hints go beside the code for clients that can act on them, such as a sign-in URL.
	Hints map[string]any
	// sentence is the key of a sentence that says more than the code's own; "" for none.
	sentence string
	err      error
}

// Error answers the code and the cause.
func (e *Error) Error() string {
	if e.err == nil {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.err.Error()
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.err }

// Wrap makes an Error with a cause.
func Wrap(code ErrorCode, cause error) *Error { return &Error{Code: code, err: cause} }

// Refuse makes an Error about an input value; path starts at `input`.
func Refuse(code ErrorCode, path ...string) *Error { return &Error{Code: code, Path: path} }

// UserError is an expected refusal as a payload carries it.
type UserError struct {
	Code              ErrorCode
	Message           string
	Path              []string
	RetryAfterSeconds *int
	UpstreamCode      *string
}

// AsUserError answers err as a payload carries it, in the language of ctx, and whether err is expected at all.
// What is not expected belongs into the errors of the response.
func AsUserError(ctx context.Context, err error) (*UserError, bool) {
	e := AsError(err)
	if e.Code == Internal {
		return nil, false
	}
	u := &UserError{Code: e.Code, Message: MessageFor(ctx, e), Path: e.Path}
	if e.RetryAfter > 0 {
		u.RetryAfterSeconds = &e.RetryAfter
	}
	if e.UpstreamCode != "" {
		u.UpstreamCode = &e.UpstreamCode
	}
	return u, true
}

// AsError answers err with a code of the closed list: what nobody foresaw is INTERNAL.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if up, ok := errors.AsType[*upstream.Error](err); ok {
		return fromUpstream(up, err)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &Error{Code: NotFound, err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Code: UpstreamTimeout, err: err}
	}
	return &Error{Code: Internal, err: err}
}

// fromUpstream takes the meaning of a refusal from the table of codes. Of any other failure its kind is the meaning:
// a code that came with it only explains.
func fromUpstream(up *upstream.Error, err error) *Error {
	e := &Error{Code: UpstreamUnavailable, UpstreamCode: supportCode(up.Code), err: err}
	if up.Kind == upstream.Timeout {
		e.Code = UpstreamTimeout
		return e
	}
	row, known := rowOf(up)
	if !known {
		return e
	}
	if up.Kind == upstream.Refused {
		e.Code, e.UpstreamCode = ErrorCode(row.Answer), row.Code
	}
	if e.Code == ErrorCode(row.Answer) {
		e.sentence = row.Sentence
	}
	return e
}

// turnedDown says that upstream decided against what it was asked, so that asking again changes nothing. MOSIP tells of
// trouble behind a service (a database, Key Manager, a mail server) in the same form; that passes.
func turnedDown(err error) bool {
	return upstream.KindOf(err) == upstream.Refused && AsError(err).Code != UpstreamUnavailable
}

// rowOf answers the row that tells most about a failure. MOSIP lists general codes beside, and before, the one that
// matters; so a row that only says that something is broken gives way to any other.
func rowOf(up *upstream.Error) (codes.Row, bool) {
	var first codes.Row
	known := false
	for i, code := range slices.Concat([]string{up.Code}, up.Codes()) {
		message := "" // the text belongs to the first code
		if i == 0 || code == up.Code {
			message = up.Message
		}
		row, ok := codes.Find(up.Service, code, message)
		if !ok {
			continue
		}
		if ErrorCode(row.Answer) != UpstreamUnavailable {
			return row, true
		}
		if !known {
			first, known = row, true
		}
	}
	return first, known
}

var (
	// MOSIP's codes are in capitals (IDR-VID-003, PMS_PRT_005); e-Signet's and our own words are not (invalid_grant,
	// breaker-open). What mixes both is neither.
	codeShape = regexp.MustCompile(`^([A-Z][A-Z0-9]*([-_][A-Z0-9]+)*|[a-z]+([-_][a-z0-9]+)*)$`)
	longDigit = regexp.MustCompile(`[0-9]{5}`)
)

// supportCode keeps what looks like a code: the field is the upstream's and could hold anything, a number of a person
// too, and it goes to the client.
func supportCode(code string) string {
	if len(code) > 40 || !codeShape.MatchString(code) || longDigit.MatchString(code) {
		return ""
	}
	return code
}
