package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// envelope is the kernel's response wrapper; errors is null or [] on success.
type envelope struct {
	Response json.RawMessage `json:"response"`
	Errors   []wireError     `json:"errors"`
}

// wireError covers the kernel (message) and IDA, e-Signet and the registration processor (errorMessage).
type wireError struct {
	Code         string `json:"errorCode"`
	Message      string `json:"message"`
	ErrorMessage string `json:"errorMessage"`
}

// answer is what came back from one send.
type answer struct {
	status int
	body   []byte
}

// payload returns the bytes of response, or an *Error without service and operation.
func (a answer) payload(plain bool) ([]byte, *Error) {
	var env envelope
	// Only the first value counts: a 401 may carry the same document twice.
	decodeErr := json.NewDecoder(bytes.NewReader(a.body)).Decode(&env)
	failure := a.failure(env)
	if plain && a.status == 200 {
		if !json.Valid(a.body) {
			return nil, failure.as(Garbled, "not-json", errors.New("the body is not JSON"))
		}
		return a.body, nil
	}
	switch {
	case a.status == 401 || a.status == 403:
		return nil, failure.as(Denied, "", nil)
	case a.status == 429 || a.status >= 500:
		return nil, failure.as(Unavailable, "", nil)
	case decodeErr != nil && a.status == 200:
		return nil, failure.as(Garbled, "not-json", decodeErr)
	case len(env.Errors) > 0:
		return nil, failure.as(verdict(failure.codes), "", nil)
	case a.status/100 != 2:
		return nil, failure.as(Garbled, "", nil)
	case len(env.Response) == 0 || bytes.Equal(env.Response, []byte("null")):
		return nil, failure.as(Garbled, "no-response", nil)
	}
	return env.Response, nil
}

func (a answer) failure(env envelope) *Error {
	e := &Error{status: a.status}
	for _, w := range env.Errors {
		e.codes = append(e.codes, w.Code)
	}
	if len(env.Errors) > 0 {
		e.Code, e.Message = env.Errors[0].Code, env.Errors[0].Message+env.Errors[0].ErrorMessage
	}
	return e
}

// as settles the kind and what follows from it.
func (e *Error) as(kind Kind, code string, err error) *Error {
	e.Kind, e.err = kind, err
	if code != "" {
		e.Code = code
	}
	if e.Code == "" {
		e.Code = "http-" + strconv.Itoa(e.status)
	}
	e.Sent = kind != Refused && kind != Denied && e.status != 429
	return e
}

// verdict reads a non-empty error list that came in an orderly answer. MOSIP reports its own breakdowns the same way
// as a refusal; a list that holds nothing else leaves a write's outcome unknown.
func verdict(codes []string) Kind {
	if slices.ContainsFunc(codes, forbidding) {
		return Denied
	}
	if slices.ContainsFunc(codes, func(c string) bool { return !technical(c) }) {
		return Refused
	}
	return Unavailable
}

func forbidding(code string) bool {
	return code == "KER-ATH-401" || code == "KER-ATH-403" || code == "IDR-IDC-011"
}

func technical(code string) bool {
	switch code {
	case "", "null", // PMS: an exception text without a code
		"IDR-IDC-004", "IDR-IDC-006", "IDR-IDC-009", "IDR-IDC-010", // unknown error, database, 5xx, timed out
		"IDA-MLC-007": // could not be processed; beside another code it is only a wrapper
		return true
	}
	return strings.HasPrefix(code, "KER-") && strings.HasSuffix(code, "-500")
}
