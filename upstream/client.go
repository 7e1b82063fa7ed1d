package upstream

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
)

const (
	defaultTimeout  = 3 * time.Second
	defaultMaxBytes = 4 << 20
)

// TokenSource gives the service token that goes into the Authorization cookie.
type TokenSource interface {
	// Token returns a token that is believed valid.
	Token(ctx context.Context) (string, error)
	// Drop has Token look for another than that very token, because a service did not accept it.
	Drop(token string)
}

// Options is what a Client needs; Service and BaseURL are required.
type Options struct {
	Service, BaseURL string
	Timeout          time.Duration     // of one call with its retries; 3 s when 0; a shorter deadline of the context wins
	Tokens           TokenSource       // nil: no token is sent
	Transport        http.RoundTripper // nil: a Transport of its own
	Log              *slog.Logger      // nil: silent
}

// Client speaks to one MOSIP service. It is safe for concurrent use.
type Client struct {
	service, base string
	timeout       time.Duration
	tokens        TokenSource
	http          *http.Client
	log           *slog.Logger
	retries       *allowance
	reads, writes failsafe.Executor[[]byte]
}

// New makes the client of one service with a breaker and a bulkhead of its own.
func New(o Options) *Client {
	c := &Client{
		service: o.Service, base: strings.TrimSuffix(o.BaseURL, "/"), timeout: o.Timeout, tokens: o.Tokens, log: o.Log,
		// A redirect is never followed: the cookie with the token would follow it.
		http: &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if o.Transport == nil {
		c.http.Transport = Transport()
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.retries = newAllowance()
	c.reads, c.writes = executors(c.service, c.retries)
	return c
}

// Call is one request to the service.
type Call struct {
	Operation    string // for logs and errors: a fixed word, no id
	Method, Path string // Path begins with a slash and is appended to the base URL; its values went through Segment
	Query        url.Values
	Body         any // nil, Raw, or anything that encoding/json takes
	Header       http.Header
	// Idempotent says that a repetition changes nothing: the call is sent again, at most three times in all, when the
	// service is Unavailable. Everything else is sent once.
	Idempotent bool
	Plain      bool  // the answer is bare JSON without the kernel's envelope
	MaxBytes   int64 // of the answer; 4 MiB when 0
	file       bool  // see Fetch
}

// Raw is a body that is sent as it is.
type Raw struct {
	ContentType string
	Data        []byte
}

// Do sends the call and decodes the response member of the kernel envelope (contract: a non-empty errors list is a
// failure whatever the HTTP status, null and [] are not). Every failure is an *Error, at least in its chain. The call
// ends at the client's timeout or the context's deadline, whichever comes first.
func Do[T any](ctx context.Context, c *Client, call Call) (T, error) {
	var out T
	started := time.Now()
	payload, err := c.run(ctx, call)
	if err == nil {
		if decodeErr := json.Unmarshal(payload, &out); decodeErr != nil {
			err = c.Garbled(call.Operation, "not-the-contract", decodeErr)
		}
	}
	status := "ok"
	if err != nil {
		status = KindOf(err).String()
	}
	c.log.DebugContext(ctx, "upstream call", "service", c.service, "operation", call.Operation, "status", status,
		"duration", time.Since(started))
	return out, err
}

// Garbled makes the error of an answer that decoded but is not what the contract promises.
func (c *Client) Garbled(operation, code string, err error) *Error {
	return &Error{Service: c.service, Operation: operation, Kind: Garbled, Code: code, Sent: true, status: http.StatusOK, err: err}
}
