package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// pushDeadline leaves time to send the browser with the whole request instead.
const pushDeadline = 5 * time.Second

// errPushUnavailable means that the provider answered, but took no pushed request, for no fault of the request.
var errPushUnavailable = errors.New("pushed authorization requests are not available")

// push hands the provider the authorization request behind the browser's back (RFC 9126) and returns the address that
// refers to it, good for one use within a minute at e-Signet.
func (m *Manager) push(ctx context.Context, md *metadata, whole string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, pushDeadline)
	defer cancel()
	target, err := url.Parse(whole)
	if err != nil {
		return "", fmt.Errorf("authorization endpoint: %w", err)
	}
	credentials, err := m.client.credentials(md.push)
	if err != nil {
		return "", err
	}
	form := target.Query()
	for name := range credentials {
		form.Set(name, credentials.Get(name))
	}
	reference, err := m.postPush(ctx, md.push, form)
	if err != nil {
		return "", err
	}
	target.RawQuery = url.Values{"client_id": {m.cfg.ClientID}, "request_uri": {reference}}.Encode()
	return target.String(), nil
}

func (m *Manager) postPush(ctx context.Context, address string, form url.Values) (reference string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := m.provider.http.client.Do(request) //nolint:gosec // the address is the discovered provider's
	if err != nil {
		return "", failCall(CodeProvider, err) // nor would the token endpoint answer
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated && response.StatusCode != http.StatusOK {
		if clientError(response.StatusCode) {
			return "", failf(CodeProvider, "pushed authorization request: %w", unexpectedStatus(response.StatusCode))
		}
		return "", fmt.Errorf("%w: %w", errPushUnavailable, unexpectedStatus(response.StatusCode))
	}
	var answer struct {
		RequestURI string `json:"request_uri"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.RequestURI == "" {
		return "", fmt.Errorf("%w: no request_uri in the answer", errPushUnavailable)
	}
	return answer.RequestURI, nil
}

// clientError tells that the provider found something wrong with the request, which it would again in an address. An
// endpoint that is not there or is busy is no such thing.
func clientError(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}
