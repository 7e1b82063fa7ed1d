package soak

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/ports"
)

const authentications = `{topic="AUTHENTICATION_TRANSACTION_STATUS"`

// TestMetricsTellWhatAnOperatorNeeds has a bit of everything happen and reads it back.
func TestMetricsTellWhatAnOperatorNeeds(t *testing.T) {
	t.Parallel()
	address := fmt.Sprintf("127.0.0.1:%d", ports.Reserve(t))
	w := &world{Server: harness.Start(t, "METRICS_ADDR="+address), metrics: "http://" + address + "/metrics"}
	r := w.Residents(t)[0]
	c := w.SignIn(t, r.UIN)
	c.Settled()
	before := w.read(t)

	c.Must(`{ viewer { profile { signedInWith } } }`, nil)
	w.Faults(t, map[string]any{"vid": map[string]any{"status": 500}})
	c.Do(`{ viewer { vids { nodes { id } } } }`, nil)
	c.Do(`{ nothing }`, nil)
	stream := c.WebSocket(changes, nil)
	w.Settings(t, map[string]any{"holdAcks": true})
	c.Must(`mutation { setAuthLocks(input: {idempotencyKey: "metrics-lock", changes: [{type: DEMO, locked: true}]}) { event { eventId } } }`, nil)
	stream.Next()
	w.Publish(t, "AUTHENTICATION_TRANSACTION_STATUS", map[string]any{"event": map[string]any{}}, 1) // nobody can apply it
	w.forge(t)

	var after figures
	for name, grew := range map[string]float64{
		`graphql_requests_total{outcome="ok"}`: 2, `graphql_requests_total{outcome="error"}`: 2,
		`upstream_calls_total{outcome="failed",service="vid"}`: 3, "open_sockets": 1, "live_subscriptions": 1,
		"open_events": 1, "parked_deliveries": 1, "parked_jobs": 0, "unaudited_records_total": 0,
		`websub_deliveries_total{outcome="forged",` + authentications[1:] + "}": 1,
		`websub_deliveries_total{outcome="stored",` + authentications[1:] + "}": 1,
	} {
		harness.Eventually(t, fmt.Sprintf("%s grows by %v", name, grew), func() bool {
			after = w.read(t)
			now, known := after["resident_graph_"+name]
			return known && now-before["resident_graph_"+name] == grew
		})
	}
	for _, name := range []string{"backlog_readable", "websub_subscription_healthy" + authentications + "}"} {
		if after["resident_graph_"+name] != 1 {
			t.Errorf("%s is %v, want 1", name, after["resident_graph_"+name])
		}
	}
	if after["resident_graph_oldest_open_event_seconds"] <= 0 || after[`resident_graph_upstream_call_seconds_count{service="identity"}`] == 0 {
		t.Error("the age of the open event or the time of calls is missing")
	}
	w.wantNobody(t, r)
	stream.Kill()
}

// TestMetricsOutliveTheDatabase has the backlog be unreadable: its figures are missing then, and the others are there.
func TestMetricsOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	address := fmt.Sprintf("127.0.0.1:%d", ports.Reserve(t))
	w := &world{Server: harness.Start(t, "METRICS_ADDR="+address), metrics: "http://" + address + "/metrics"}
	w.connect(t)
	if _, err := w.db.Exec(t.Context(), `alter table delivery rename column parked to elsewhere`); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "the backlog is said to be unreadable", func() bool {
		f := w.read(t)
		_, told := f["resident_graph_open_events"]
		return f["resident_graph_backlog_readable"] == 0 && !told && f[goroutines] > 0
	})
}

// forge delivers a message with a signature that is not the hub's.
func (w *world) forge(t *testing.T) {
	t.Helper()
	w.connect(t)
	var callback string
	if err := w.db.QueryRow(context.Background(), `select callback_id from subscription where topic = 'AUTHENTICATION_TRANSACTION_STATUS'`).Scan(&callback); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+"/hooks/websub/"+callback, strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Hub-Signature", "sha256=00")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// wantNobody looks whether the metrics tell of a resident.
func (w *world) wantNobody(t *testing.T, r harness.Resident) {
	t.Helper()
	resp, err := http.Get(w.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || len(raw) == 0 {
		t.Fatalf("%d bytes: %v", len(raw), err)
	}
	for _, secret := range []string{r.UIN, r.Email, r.Phone, r.Vids[0].VID} {
		if strings.Contains(string(raw), secret) {
			t.Error("the metrics tell who a resident is")
		}
	}
}
