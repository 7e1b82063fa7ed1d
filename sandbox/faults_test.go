package sandbox_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

func TestFaults(t *testing.T) {
	c := start(t, sandbox.Options{})
	path := "/idrepository/v1/identity/idvid/" + c.people()[0].UIN
	put := func(on map[string]any) { c.control(http.MethodPut, "/sandbox/faults", on, nil) }

	put(map[string]any{"identity": map[string]any{"status": 503}})
	if a := c.get(path); a.status != http.StatusServiceUnavailable {
		t.Errorf("status: got %d", a.status)
	}
	if a := c.get("/v1/partnermanager/partners"); a.status != http.StatusOK {
		t.Errorf("a service without a fault got %d", a.status)
	}
	put(map[string]any{"*": map[string]any{"status": 500}, "identity": map[string]any{"garbage": true}})
	if a := c.get(path); a.status != http.StatusOK || a.Response != nil {
		t.Errorf("garbage: got %d %s", a.status, a.body)
	}
	if a := c.get("/v1/partnermanager/partners"); a.status != http.StatusInternalServerError {
		t.Errorf("everybody's fault: got %d", a.status)
	}
	put(map[string]any{"identity": map[string]any{"errorRate": 0.5, "status": 502, "latencyMs": 1}})
	seen := map[int]int{}
	for range 100 {
		seen[c.get(path).status]++
	}
	if len(seen) != 2 || seen[http.StatusBadGateway] < 20 || seen[http.StatusOK] < 20 {
		t.Errorf("every other call: %v", seen)
	}
	put(map[string]any{"identity": map[string]any{"latencyMs": 150}})
	begun := time.Now()
	if a := c.get(path); a.status != http.StatusOK || time.Since(begun) < 150*time.Millisecond {
		t.Errorf("latency: %d after %s", a.status, time.Since(begun))
	}
	for _, on := range []string{"down", "hang"} {
		put(map[string]any{"identity": map[string]any{on: true}})
		limit := map[string]time.Duration{"down": time.Minute, "hang": 300 * time.Millisecond}[on]
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.box.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			t.Errorf("%s: got %s", on, response.Status)
		}
		if hung := ctx.Err() != nil; hung != (on == "hang") {
			t.Errorf("%s: waited for the deadline: %v", on, hung)
		}
		cancel()
	}
	put(map[string]any{"identity": map[string]any{"refuse": map[string]any{"method": "GET", "errorCode": "IDR-IDC-006", "message": "No."}}})
	if a := c.get(path); a.status != http.StatusOK || len(a.Errors) != 1 || a.Errors[0].Code != "IDR-IDC-006" {
		t.Errorf("a refusal: got %d %s", a.status, a.body)
	}
	put(map[string]any{"identity": map[string]any{"refuse": map[string]any{"method": "POST", "errorCode": "IDR-IDC-006"}}})
	if a := c.get(path); a.status != http.StatusOK || len(a.Errors) != 0 {
		t.Errorf("a refusal of another method: got %d %s", a.status, a.body)
	}
	put(map[string]any{})
	if a := c.get(path); a.status != http.StatusOK {
		t.Errorf("after the faults: %d", a.status)
	}
	if a := c.send(http.MethodPut, "/sandbox/faults", map[string]any{"identitty": map[string]any{}}); a.status != http.StatusBadRequest {
		t.Errorf("a misspelt service got %d", a.status)
	}
}

func TestCallsAreCounted(t *testing.T) {
	c := start(t, sandbox.Options{})
	p := c.people()[0]
	c.control(http.MethodDelete, "/sandbox/calls", nil, nil)
	c.get("/idrepository/v1/identity/idvid/" + p.UIN)
	c.get("/idrepository/v1/identity/idvid/" + p.vid("PERPETUAL"))
	c.get("/idrepository/v1/identity/" + p.UIN + "/update-counts")
	c.get("/.well-known/jwks.json")
	var counts struct {
		Total               int
		Services, Endpoints map[string]int
	}
	c.control(http.MethodGet, "/sandbox/calls", nil, &counts)
	if counts.Total != 4 || counts.Services["identity"] != 3 || counts.Services["esignet"] != 1 ||
		counts.Endpoints["GET /idrepository/v1/identity/idvid/{id}"] != 2 ||
		counts.Endpoints["GET /idrepository/v1/identity/{individualId}/update-counts"] != 1 {
		t.Errorf("got %+v", counts)
	}
}
