package esignet

import (
	"encoding/json"
	"errors"
	"net/http"
)

// code is one of e-Signet's error codes (its ErrorConstants).
type code string

func (c code) Error() string { return string(c) }

const (
	invalidRequest       code = "invalid_request"
	invalidClient        code = "invalid_client"
	invalidClientID      code = "invalid_client_id"
	invalidResponseType  code = "invalid_response_type"
	invalidGrant         code = "invalid_grant"
	unsupportedGrantType code = "unsupported_grant_type"
	invalidScope         code = "invalid_scope"
	invalidRedirectURI   code = "invalid_redirect_uri"
	invalidDisplay       code = "invalid_display"
	invalidPrompt        code = "invalid_prompt"
	invalidClaim         code = "invalid_claim"
	invalidTransaction   code = "invalid_transaction"
	invalidIndividualID  code = "invalid_individual_id"
	individualIDBlocked  code = "individual_id_blocked"
	invalidChallenge     code = "invalid_challenge"
	noAttemptsLeft       code = "no_attempts_left"
	transactionTimeout   code = "transaction_timeout"
	consentRejected      code = "consent_details_rejected"
	unsupportedPKCE      code = "unsupported_pkce_challenge_method"
	invalidPKCE          code = "invalid_pkce_challenge"
	dataExchangeFailed   code = "data_exchange_failed"
	unknownError         code = "unknown_error"
	missingHeader        code = "missing_header"
	invalidToken         code = "invalid_token"
)

// asCode finds the code in an error; one without is unknown_error.
func asCode(err error) code {
	if c, ok := errors.AsType[code](err); ok {
		return c
	}
	return unknownError
}

type oauthError struct {
	Error       code `json:"error"`
	Description code `json:"error_description"`
}

// refuse answers a token or PAR request with 400. Four codes are OAuth's own;
// every other one becomes invalid_request with itself as the description.
func refuse(w http.ResponseWriter, err error) {
	answer := oauthError{Error: invalidRequest, Description: asCode(err)}
	switch answer.Description {
	case invalidClient, unsupportedGrantType, invalidScope, invalidGrant:
		answer.Error = answer.Description
	}
	noStore(w)
	writeJSON(w, http.StatusBadRequest, answer)
}

func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error here means that the caller has gone.
	_ = json.NewEncoder(w).Encode(body)
}

// onlyPost reports whether the request is a POST, and answers it when not.
func onlyPost(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPost {
		return true
	}
	w.Header().Set("Allow", http.MethodPost)
	writeJSON(w, http.StatusMethodNotAllowed, oauthError{Error: invalidRequest, Description: "Method Not Allowed"})
	return false
}
