package transport

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Only the member of that name names a trusted document.
func TestDocumentID(t *testing.T) {
	for body, want := range map[string]any{
		`{"documentId":"a"}`: "a",
		`{"documentId":"a","extensions":{"documentId":"b"}}`:      "a",
		`{"query":"{ name }","extensions":{"documentId":"b"}}`:    nil,
		`{"query":"{ name }","documentId":""}`:                    nil,
		`{"query":"{ name }","documentId":"a","extensions":null}`: "a",
	} {
		value, err := decode([]byte(body), depth)
		if err != nil {
			t.Fatal(err)
		}
		params, refused := paramsOf(value)
		if refused != nil || params.Extensions["documentId"] != want {
			t.Errorf("%s: %v %v", body, params, refused)
		}
	}
}

func TestHTTPOperationTakesTooLong(t *testing.T) {
	w := start(t, HTTP{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"query":"{ waits }"}`)).WithContext(ctx)
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.Config.Handler.ServeHTTP(answer, r)
	if answer.Code != http.StatusGatewayTimeout || !strings.Contains(answer.Body.String(), codeTimeout) {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func TestIdleSocketHasTwoGoroutines(t *testing.T) {
	w := start(t, WebSocket{})
	for range 20 {
		w.connect(t)
	}
	eventually(t, func() bool {
		stacks := make([]byte, 4<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		ours := 0
		for stack := range strings.SplitSeq(string(stacks), "\n\n") {
			if strings.Contains(stack, "transport.(*socket).") {
				ours++
			}
		}
		return ours == 40
	})
}
