package resident

import (
	"context"
	"errors"

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
	err   error
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
	u := &UserError{Code: e.Code, Message: Message(ctx, e.Code), Path: e.Path}
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
		return &Error{Code: codeOf(up), UpstreamCode: up.Code, err: err}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &Error{Code: NotFound, err: err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Code: UpstreamTimeout, err: err}
	}
	return &Error{Code: Internal, err: err}
}

// refusals maps the codes of MOSIP's refusals to ours.
var refusals = map[string]ErrorCode{
	"IDR-VID-001": Conflict, // the VID is revoked, expired, …
	"IDR-VID-003": QuotaReached,
	"IDR-VID-004": Forbidden, // the UIN is deactivated or blocked
	"IDR-IDC-007": NotFound,
	"IDR-IDC-002": Invalid,
	"IDR-IDC-001": Invalid,
}

func codeOf(up *upstream.Error) ErrorCode {
	switch up.Kind {
	case upstream.Timeout:
		return UpstreamTimeout
	case upstream.Refused:
		for _, code := range append([]string{up.Code}, up.Codes()...) {
			if ours, ok := refusals[code]; ok {
				return ours
			}
		}
	}
	return UpstreamUnavailable
}
