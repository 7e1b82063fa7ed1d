package upstream

import (
	"bytes"
	"context"
	"time"
)

// Fetch sends the call and returns the file that is answered, as it is: HTTP 200 with a body. A body that is a list of
// errors in an envelope is a failure, as at Do; that the file is of the kind it should be is left to the caller. A file
// of more than the call's MaxBytes is Garbled with code too-large. Every failure is an *Error, at least in its chain.
func Fetch(ctx context.Context, c *Client, call Call) ([]byte, error) {
	call.file = true
	started := time.Now()
	file, err := c.run(ctx, call)
	status := "ok"
	if err != nil {
		status = KindOf(err).String()
	}
	c.log.DebugContext(ctx, "upstream call", "service", c.service, "operation", call.Operation, "status", status,
		"duration", time.Since(started))
	return file, err
}

// content returns what the call is after, or an *Error without service and operation.
func (a answer) content(call Call) ([]byte, *Error) {
	if !call.file {
		return a.payload(call.Plain)
	}
	// The check for an envelope is for what begins as one: a file is not decoded.
	if a.status != 200 || bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{")) {
		_, failure := a.payload(false)
		switch {
		case failure == nil:
			return nil, a.failure(envelope{}).as(Garbled, "not-a-file", nil)
		case a.status != 200 || failure.Kind != Garbled:
			return nil, failure
		}
	}
	if len(a.body) == 0 {
		return nil, a.failure(envelope{}).as(Garbled, "empty", nil)
	}
	return a.body, nil
}
