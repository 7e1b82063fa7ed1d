package upstream

import (
	"errors"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

const (
	maxSends      = 3   // of one read, the first included
	maxConcurrent = 256 // calls to one service, so that a hanging one cannot hold everything
)

// executors returns how reads and writes of one service run. Both share one breaker and one bulkhead; only reads are
// sent again, as far as the allowance goes.
func executors(service string, retries *allowance) (reads, writes failsafe.Executor[[]byte]) {
	breaker := circuitbreaker.NewBuilder[[]byte]().
		HandleIf(func(_ []byte, err error) bool { return broken(service, err) }).
		WithFailureRateThreshold(0.7, 10, 10*time.Second). // a service that half works is still worth asking
		WithSuccessThreshold(2).
		WithDelay(2 * time.Second).
		WithJitterFactor(0.2).
		Build()
	room := bulkhead.NewBuilder[[]byte](maxConcurrent).WithMaxWaitTime(100 * time.Millisecond).Build()
	retry := retrypolicy.NewBuilder[[]byte]().
		HandleIf(func(_ []byte, err error) bool { return worthRetry(service, err) && retries.spend() }).
		WithMaxAttempts(maxSends).
		WithBackoff(50*time.Millisecond, 250*time.Millisecond).
		WithJitterFactor(0.3).
		ReturnLastFailure().
		Build()
	return failsafe.With(retry, breaker, room), failsafe.With[[]byte](breaker, room)
}

// worthRetry leaves out errors of another service (the token endpoint has its own resilience) and those that never
// left, because the breaker or the bulkhead held them back.
func worthRetry(service string, err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Service == service && e.Kind == Unavailable
}

// broken counts for the breaker: a service that does not answer. A technical fault reported inside an orderly
// envelope does not, since one resident's broken record must not close the service to everybody.
func broken(service string, err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Service != service || e.canceled() {
		return false
	}
	return e.Kind == Timeout || e.Kind == Unavailable && e.status != http.StatusOK
}
