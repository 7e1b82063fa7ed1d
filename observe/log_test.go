package observe

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWhatLooksLikeAPersonIsBlottedOut(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out, slog.LevelInfo)
	log.Info("a call", "uin", "4752553412", "text", "VID 3670241038657195 of a.b@example.org", "error", errors.New("AID 10001100800001720260312094512 failed"),
		"event", "1234567890123456", "count", 7)
	for _, secret := range []string{"4752553412", "3670241038657195", "example.org", "10001100800001720260312094512"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, out.String())
		}
	}
	for _, kept := range []string{"1234567890123456", `"count":7`} {
		if !strings.Contains(out.String(), kept) {
			t.Errorf("%s is not in the log: %s", kept, out.String())
		}
	}
}

func TestEveryRequestHasATraceOfItsOwn(t *testing.T) {
	var out bytes.Buffer
	log := NewLog(&out, slog.LevelInfo)
	var seen []string
	handler := Traced(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, TraceID(r.Context()))
		log.InfoContext(r.Context(), "asked")
	}))
	for range 2 {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Traceparent", "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01")
		handler.ServeHTTP(w, r)
		if id := w.Header().Get("Trace-Id"); id != seen[len(seen)-1] || len(id) != 32 || !strings.Contains(out.String(), id) {
			t.Errorf("the header says %q, the context %q", id, seen[len(seen)-1])
		}
	}
	if seen[0] == seen[1] {
		t.Error("two requests have one trace id")
	}
	if TraceID(context.Background()) != "" {
		t.Error("a trace id of nothing")
	}
}
