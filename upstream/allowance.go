package upstream

import "sync"

const (
	earned  = 0.15 // of a retry, by each call
	reserve = 10.0 // retries that quiet times save up
)

// allowance keeps retries a fixed share of the calls, however many callers there are: what is sent to a service in
// trouble stays below 1.2 times what was asked. A limit on retries under way does not do that when faults come fast.
type allowance struct {
	mu   sync.Mutex
	left float64
}

func newAllowance() *allowance { return &allowance{left: reserve} }

// earn counts a call.
func (a *allowance) earn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left = min(a.left+earned, reserve)
}

// spend says whether one more retry is allowed.
func (a *allowance) spend() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}
