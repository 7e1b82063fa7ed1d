package transport

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

const writeTimeout = 10 * time.Second

// An answer writes one response.
type answer struct {
	w       http.ResponseWriter
	exec    graphql.GraphExecutor
	media   string
	timeout time.Duration
	status  func(code string) int
}

func (a answer) refuse(ctx context.Context, r *refusal) {
	for name, values := range r.header {
		a.w.Header()[name] = values
	}
	a.write(r.status, a.exec.DispatchError(ctx, r.list()))
}

// send answers 200 for what was executed, whatever errors its fields met.
func (a answer) send(resp *graphql.Response) {
	if !isRefused(resp) {
		a.write(http.StatusOK, resp)
		return
	}
	status := 0
	code := codeOf(resp)
	if a.status != nil {
		status = a.status(code)
	} else if code == codeRateLimited {
		status = http.StatusTooManyRequests
	}
	status = orDefault(status, http.StatusBadRequest)
	if status == http.StatusBadRequest && a.media == legacyJSON {
		status = http.StatusOK
	}
	a.write(status, resp)
}

func (a answer) write(status int, resp *graphql.Response) {
	body, ok := responseJSON(resp)
	if !ok {
		status = http.StatusInternalServerError
	}
	// A writer that knows no deadlines (a test's) writes without one; the server takes it back after the request.
	_ = http.NewResponseController(a.w).SetWriteDeadline(time.Now().Add(orDefault(a.timeout, writeTimeout)))
	h := a.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", a.media+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	// The client may be gone, and then nobody is left to tell.
	_, _ = a.w.Write(body)
}
