package observe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Namespace begins every name of ours.
const Namespace = "resident_graph"

// Metrics is what operators watch, in a registry of its own. It holds nothing of a person, and labels have few values.
// docs/running.md lists all of it.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	calls    *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

// NewMetrics makes a registry with the Go runtime and the process in it.
func NewMetrics() *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		// What lives after a collection tells a leak, which the heap between two collections hides.
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.GoRuntimeMetricsRule{
			Matcher: regexp.MustCompile(`^/gc/heap/live:bytes$`)})))
	with := promauto.With(registry)
	return &Metrics{
		registry: registry,
		requests: with.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace, Name: "graphql_requests_total",
			Help: "Requests to /graphql by how they were answered."}, []string{"outcome"}),
		calls: with.NewCounterVec(prometheus.CounterOpts{Namespace: Namespace, Name: "upstream_calls_total",
			Help: "Requests to MOSIP's services by what came of them, each repetition counted."}, []string{"service", "outcome"}),
		took: with.NewHistogramVec(prometheus.HistogramOpts{Namespace: Namespace, Name: "upstream_call_seconds",
			Help:    "Time until the head of a service's answer.",
			Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 3, 10}}, []string{"service"}),
	}
}

// Gauge has a value read whenever the metrics are.
func (m *Metrics) Gauge(name, help string, value func() int) {
	promauto.With(m.registry).NewGaugeFunc(prometheus.GaugeOpts{Namespace: Namespace, Name: name, Help: help},
		func() float64 { return float64(value()) })
}

// Counter has a number that only grows read whenever the metrics are.
func (m *Metrics) Counter(name, help string, value func() uint64) {
	promauto.With(m.registry).NewCounterFunc(prometheus.CounterOpts{Namespace: Namespace, Name: name, Help: help},
		func() float64 { return float64(value()) })
}

// Register has a collector asked whenever the metrics are.
func (m *Metrics) Register(c prometheus.Collector) { m.registry.MustRegister(c) }

// Serve answers /metrics on an address of its own until ctx ends. It answers an error when it cannot listen there.
func (m *Metrics) Serve(ctx context.Context, address string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen for metrics (METRICS_ADDR): %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		// A collector that fails leaves its own metrics out, and not everything.
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { closed <- server.Close() })
	err = server.Serve(listener)
	if !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("metrics: %w", err)
	}
	return <-closed
}
