// Package observe is what operators see: logs, trace ids and health.
package observe

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
)

type traceKey struct{}

// Traced gives each request a trace id, in the form of W3C Trace Context (32 hex digits), and sends it back in the
// header Trace-Id. An id that a client brings is not taken: support must be able to trust it.
func Traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := make([]byte, 16)
		_, _ = rand.Read(raw) // crypto/rand does not fail
		id := hex.EncodeToString(raw)
		w.Header().Set("Trace-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceKey{}, id)))
	})
}

// TraceID answers the trace id of ctx, empty when it has none.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}
