package upstream

import (
	"context"
	"errors"

	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// run executes the call under the policies of its kind.
func (c *Client) run(ctx context.Context, call Call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	r, err := c.prepare(call)
	if err != nil {
		return nil, &Error{Service: c.service, Operation: call.Operation, Kind: Garbled, Code: "bad-request", err: err}
	}
	exec := c.writes
	if call.Idempotent {
		exec = c.reads
		c.retries.earn()
	}
	var payload []byte
	var sends int
	var last error // what the last send said: a policy that ends the call says less
	_, err = exec.WithContext(ctx).Get(func() ([]byte, error) {
		sends++
		payload, last = c.attempt(ctx, r)
		return nil, last
	})
	if sends > 0 && last == nil || KindOf(err) != 0 {
		return payload, last
	}
	return nil, c.heldBack(call.Operation, err, last)
}

// heldBack explains an error that did not come from a send: a policy refused the call or its retry, or its time was up.
func (c *Client) heldBack(operation string, err, last error) error {
	e := &Error{Service: c.service, Operation: operation, Kind: Unavailable, Code: "held-back", err: err}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		if previous, ok := errors.AsType[*Error](last); ok {
			if previous.Kind == Timeout {
				return last
			}
			e.Sent = previous.Sent
		}
		e.Kind, e.Code = Timeout, "deadline"
		if e.canceled() {
			e.Code = "canceled"
		}
	case last != nil:
		return last
	case errors.Is(err, circuitbreaker.ErrOpen):
		e.Code = "breaker-open"
	case errors.Is(err, bulkhead.ErrFull):
		e.Code = "bulkhead-full"
	}
	return e
}
