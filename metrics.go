package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/observe"
	"github.com/resident-graph/resident-graph/store"
)

// watch has the parts in the metrics, once they are built.
func (p *parts) watch(db *store.Store) {
	m := p.metrics
	m.Gauge("open_sockets", "WebSockets and event streams that are open.", p.sockets.Count)
	m.Gauge("live_subscriptions", "Subscriptions to events that are running.", p.wakes.Followers)
	m.Gauge("database_connections_used", "Connections to Postgres that are in use.", func() int { return int(p.database.Stat().AcquiredConns()) })
	m.Gauge("database_connections", "Connections to Postgres that are open.", func() int { return int(p.database.Stat().TotalConns()) })
	m.Counter("unaudited_records_total", "Audit records of reads that were given up before they were safe.", p.service.Outgoing.Unaudited)
	m.Register(&waiting{backlog: db.Backlog, topics: p.subscriber.Healthy, log: p.log})
}

// serveMetrics answers /metrics until ctx ends; the drain is over by then.
func (p *parts) serveMetrics(ctx context.Context) error {
	return p.metrics.Serve(ctx, p.cfg.MetricsAddr)
}

// waiting is what metrics read from the database: how much waits, and how the WebSub subscriptions stand. Scrapes within
// a few seconds share one reading.
type waiting struct {
	backlog func(context.Context) (*store.Backlog, error)
	topics  func() (healthy bool, topics []live.TopicState)
	log     *slog.Logger

	mu     sync.Mutex
	readAt time.Time
	found  *store.Backlog // nil: it could not be read
	states []live.TopicState
}

const (
	readingFor    = 3 * time.Second
	readingWithin = 2 * time.Second
)

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(observe.Namespace+"_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector; naming nothing, it may leave out what cannot be read.
func (*waiting) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (w *waiting) Collect(out chan<- prometheus.Metric) {
	found, states := w.read()
	gauge := func(name, help string, value float64) {
		out <- prometheus.MustNewConstMetric(described(name, help), prometheus.GaugeValue, value)
	}
	gauge("backlog_readable", "1 when what waits could be counted; else the figures of it are missing.", number(found != nil))
	if found != nil {
		oldest := 0.0
		if found.OldestOpen != nil {
			oldest = max(0, time.Since(*found.OldestOpen).Seconds())
		}
		gauge("open_events", "Events that are under way.", float64(found.OpenEvents))
		gauge("oldest_open_event_seconds", "Age of the oldest event that is under way, 0 when none is.", oldest)
		gauge("waiting_jobs", "Messages and audit records that wait to be sent.", float64(found.WaitingJobs))
		gauge("parked_jobs", "Messages and audit records that nobody will send any more.", float64(found.ParkedJobs))
		gauge("parked_deliveries", "WebSub messages that could not be applied.", float64(found.ParkedDeliveries))
	}
	healthy := described("websub_subscription_healthy", "1 when the hub lately confirmed the subscription.", "topic")
	deliveries := described("websub_deliveries_total", "WebSub messages by what became of them.", "topic", "outcome")
	for _, t := range states {
		out <- prometheus.MustNewConstMetric(healthy, prometheus.GaugeValue, number(t.Healthy), t.Topic)
		for outcome, n := range map[string]uint64{"stored": t.Delivered, "forged": t.Forged, "unreadable": t.Unreadable, "failed": t.Failed} {
			out <- prometheus.MustNewConstMetric(deliveries, prometheus.CounterValue, float64(n), t.Topic, outcome)
		}
	}
}

// read answers what was read within the last few seconds, or reads it now.
func (w *waiting) read() (*store.Backlog, []live.TopicState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.readAt.IsZero() && time.Since(w.readAt) < readingFor {
		return w.found, w.states
	}
	ctx, cancel := context.WithTimeout(context.Background(), readingWithin)
	defer cancel()
	var err error
	if w.found, err = w.backlog(ctx); err != nil {
		w.found = nil
		w.log.WarnContext(ctx, "metrics: what waits was not read", "error", err)
	}
	_, w.states = w.topics()
	w.readAt = time.Now()
	return w.found, w.states
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
