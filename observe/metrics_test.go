package observe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/ports"
)

func TestRequestsAreCountedByHowTheyWereAnswered(t *testing.T) {
	m := NewMetrics()
	var served sync.WaitGroup // the endpoint's end waits for no connection that was taken over
	counting := m.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		switch r.URL.Path {
		case "/ok":
			_, _ = io.WriteString(w, `{"data":{"text":"{\"errors\":"}}`)
		case "/error":
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, `{"errors":[],"data":{}}`)
		case "/refused":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/failed":
			w.WriteHeader(http.StatusGatewayTimeout)
		case "/stream":
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			w.WriteHeader(http.StatusOK)
			if err := control.Flush(); err != nil {
				t.Error(err)
			}
		case "/socket":
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, _, err := control.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			conn.Close()
		}
	}))
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		defer served.Done()
		counting.ServeHTTP(w, r)
	}))
	defer endpoint.Close()
	for _, path := range []string{"/ok", "/ok", "/error", "/refused", "/failed", "/stream", "/socket"} {
		if resp, err := http.Get(endpoint.URL + path); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	endpoint.Close()
	served.Wait()
	for outcome, want := range map[string]float64{"ok": 2, "error": 1, "refused": 1, "failed": 1, "stream": 1, "socket": 1} {
		if got := counted(t, m, "resident_graph_graphql_requests_total", outcome); got != want {
			t.Errorf("%s: %v, want %v", outcome, got, want)
		}
	}
}

func TestCallsAreCountedByWhatCameOfThem(t *testing.T) {
	m := NewMetrics()
	release := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hang":
			<-release
		case "/refused":
			w.WriteHeader(http.StatusForbidden)
		case "/failed":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer service.Close()
	defer close(release)
	client := &http.Client{Transport: m.Calls("vid", service.Client().Transport)}
	ask := func(ctx context.Context, url string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := client.Do(req); err == nil {
			resp.Body.Close()
		}
	}
	ask(t.Context(), service.URL+"/")
	ask(t.Context(), service.URL+"/refused")
	ask(t.Context(), service.URL+"/failed")
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	ask(short, service.URL+"/hang")
	gone, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	ask(gone, service.URL+"/hang")
	ask(t.Context(), fmt.Sprintf("http://127.0.0.1:%d", ports.Reserve(t)))
	for _, outcome := range []string{"ok", "refused", "failed", "timeout", "canceled", "unreachable"} {
		if got := counted(t, m, "resident_graph_upstream_calls_total", outcome); got != 1 {
			t.Errorf("%s: %v, want 1", outcome, got)
		}
	}
}

func TestMetricsAreServedUntilTheEnd(t *testing.T) {
	m, address := NewMetrics(), fmt.Sprintf("127.0.0.1:%d", ports.Reserve(t))
	m.Gauge("things", "Things.", func() int { return 7 })
	m.Counter("thoughts_total", "Thoughts.", func() uint64 { return 9 })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Serve(ctx, address) }()
	body := ""
	for range 1500 {
		resp, err := http.Get("http://" + address + "/metrics")
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		raw, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		body = string(raw)
		break
	}
	for _, want := range []string{"resident_graph_things 7", "resident_graph_thoughts_total 9", "go_goroutines ", "process_open_fds ", "go_gc_heap_live_bytes "} {
		if !strings.Contains(body, "\n"+want) {
			t.Errorf("%s is missing in %.200s", want, body)
		}
	}
	if err := m.Serve(t.Context(), address); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("a second listener: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// counted answers the counter with an outcome.
func counted(t *testing.T, m *Metrics, name, outcome string) float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if family.GetName() == name && label.GetName() == "outcome" && label.GetValue() == outcome {
					return metric.GetCounter().GetValue()
				}
			}
		}
	}
	return 0
}
