package sandbox

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"time"
)

// answerLate has h do its work at once and answers that much later. A GET that cancels is no read.
func (f *faults) answerLate(w http.ResponseWriter, r *http.Request, h http.Handler, late time.Duration) {
	if late == 0 || r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "/cancel/") {
		h.ServeHTTP(w, r)
		return
	}
	held := &heldAnswer{header: http.Header{}, status: http.StatusOK} // what h locks is free again while it waits
	h.ServeHTTP(held, r)
	if !f.wait(r, late) {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), held.header)
	w.WriteHeader(held.status)
	_, _ = held.body.WriteTo(w)
}

// heldAnswer is an answer that is not sent yet.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *heldAnswer) WriteHeader(status int) { h.status = status }

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(b []byte) (int, error) { return h.body.Write(b) }
