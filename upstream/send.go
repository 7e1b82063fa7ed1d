package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// request is a Call made ready to be sent, as often as needed.
type request struct {
	Call
	url, contentType string
	body             []byte
}

func (c *Client) prepare(call Call) (*request, error) {
	r := &request{Call: call, url: c.base + call.Path}
	if len(call.Query) > 0 {
		r.url += "?" + call.Query.Encode()
	}
	if r.MaxBytes <= 0 {
		r.MaxBytes = defaultMaxBytes
	}
	var err error
	switch body := call.Body.(type) {
	case nil:
	case Raw:
		r.body, r.contentType = body.Data, body.ContentType
	default:
		r.contentType = "application/json"
		r.body, err = json.Marshal(body)
	}
	return r, err
}

// attempt sends once, and once more with a fresh token when the first one was not accepted: a 401 comes from the
// filter in front of the service, so that nothing has happened yet.
func (c *Client) attempt(ctx context.Context, r *request) ([]byte, error) {
	for last := false; ; last = true {
		token, err := c.token(ctx)
		if err != nil {
			return nil, c.withoutToken(r.Operation, err)
		}
		got, failure := c.send(ctx, r, token)
		if failure == nil && got.status == http.StatusUnauthorized && c.tokens != nil && !last {
			c.tokens.Drop(token)
			continue
		}
		var payload []byte
		if failure == nil {
			payload, failure = got.content(r.Call)
		}
		if failure != nil {
			failure.Service, failure.Operation = c.service, r.Operation
			return nil, failure
		}
		return payload, nil
	}
}

func (c *Client) token(ctx context.Context) (string, error) {
	if c.tokens == nil {
		return "", nil
	}
	return c.tokens.Token(ctx)
}

// withoutToken keeps the token endpoint's own error, so that it counts against that service and not this one.
func (c *Client) withoutToken(operation string, err error) error {
	if KindOf(err) != 0 {
		return fmt.Errorf("%s %s: service token: %w", c.service, operation, err)
	}
	return &Error{Service: "token", Operation: operation, Kind: Unavailable, Code: "no-token", err: err}
}

func (c *Client) send(ctx context.Context, r *request, token string) (answer, *Error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }, // from here on bytes may have left
	})
	req, err := http.NewRequestWithContext(ctx, r.Method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, &Error{Kind: Garbled, Code: "bad-request", err: withoutURL(err)}
	}
	if !r.Idempotent && req.Body == http.NoBody {
		// net/http itself sends a GET again when a kept connection turns out to be closed: some of MOSIP's change something.
		req.Body, req.GetBody = io.NopCloser(strings.NewReader("")), nil
	}
	r.dress(req, token)
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, broke(err, connected.Load())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, r.MaxBytes+1))
	if err != nil {
		return answer{}, broke(err, true)
	}
	if int64(len(body)) > r.MaxBytes {
		return answer{}, &Error{Kind: Garbled, Code: "too-large", Sent: true, status: resp.StatusCode}
	}
	return answer{status: resp.StatusCode, body: body}, nil
}

func (r *request) dress(req *http.Request, token string) {
	req.Header.Set("Accept", "application/json")
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if token != "" {
		req.Header.Set("Cookie", "Authorization="+strings.TrimSpace(token)) // MOSIP reads the cookie, not a bearer header
	}
}

// broke turns a failure of the network into ours.
func broke(err error, sent bool) *Error {
	e := &Error{Kind: Unavailable, Code: "unreachable", Sent: sent, err: withoutURL(err)}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Kind, e.Code = Timeout, "deadline"
	}
	if e.canceled() {
		e.Kind, e.Code = Timeout, "canceled"
	}
	return e
}

func (e *Error) canceled() bool { return errors.Is(e.err, context.Canceled) }

// withoutURL drops the part of a network error that repeats the URL: paths hold UINs and VIDs.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
