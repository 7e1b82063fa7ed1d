package session

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Code names why a sign-in or sign-out was refused. The set is closed.
type Code string

// The codes, as the error page shows them.
const (
	CodeNotNavigation       Code = "NOT_A_NAVIGATION"            // a script or frame tried to sign in or out
	CodeExpired             Code = "LOGIN_EXPIRED"               // no login under way in this browser, or used already
	CodeState               Code = "LOGIN_STATE_MISMATCH"        // the answer belongs to another login
	CodeCancelled           Code = "LOGIN_CANCELLED"             // the resident said no at e-Signet
	CodeProvider            Code = "LOGIN_PROVIDER_ERROR"        // e-Signet gave an error or an unexpected answer
	CodeProviderUnavailable Code = "LOGIN_PROVIDER_UNAVAILABLE"  // e-Signet did not answer
	CodeTokenRefused        Code = "LOGIN_TOKEN_REFUSED"         // e-Signet did not take the code
	CodeTokenInvalid        Code = "LOGIN_TOKEN_INVALID"         // a token failed verification
	CodeUserInfoInvalid     Code = "LOGIN_USERINFO_INVALID"      // UserInfo failed verification
	CodeNoIndividualID      Code = "LOGIN_INDIVIDUAL_ID_MISSING" // not consented to
	CodeUnknownIndividual   Code = "LOGIN_INDIVIDUAL_UNKNOWN"    // ID Repository does not know the resident
	CodeIdentityUnavailable Code = "LOGIN_IDENTITY_UNAVAILABLE"  // ID Repository did not answer
	CodeUnavailable         Code = "LOGIN_UNAVAILABLE"           // we cannot keep sessions at the moment
)

// status is the HTTP status of the code's page.
func (c Code) status() int {
	switch c {
	case CodeExpired, CodeState:
		return http.StatusBadRequest
	case CodeNotNavigation, CodeCancelled, CodeNoIndividualID, CodeUnknownIndividual:
		return http.StatusForbidden
	case CodeProvider, CodeTokenRefused, CodeTokenInvalid, CodeUserInfoInvalid:
		return http.StatusBadGateway
	default:
		return http.StatusServiceUnavailable
	}
}

// failure is an error with the code that the resident sees; err is for the operator.
type failure struct {
	code Code
	err  error
}

func (f *failure) Error() string { return fmt.Sprintf("%s: %v", f.code, f.err) }
func (f *failure) Unwrap() error { return f.err }

func fail(code Code, err error) error { return &failure{code: code, err: err} }

func failf(code Code, format string, args ...any) error {
	return fail(code, fmt.Errorf(format, args...))
}

// failCall is a failed call to e-Signet: unavailable when nothing came back, else code.
func failCall(code Code, err error) error {
	if unanswered(err) {
		code = CodeProviderUnavailable
	}
	return fail(code, err)
}

// unexpectedStatus is an HTTP status that is no answer.
type unexpectedStatus int

func (s unexpectedStatus) Error() string { return fmt.Sprintf("answered %d", int(s)) }

// unanswered tells that a call brought no answer, so that e-Signet may or may not have seen it.
func unanswered(err error) bool {
	var status unexpectedStatus
	if errors.As(err, &status) {
		return status >= http.StatusInternalServerError
	}
	var call *url.Error
	return errors.Is(err, errNoKeys) || errors.As(err, &call) && !errors.Is(err, errRedirect)
}

func codeOf(err error) Code {
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return CodeUnavailable
}
