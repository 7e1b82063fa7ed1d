package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Modes of a Hub.
const (
	ModeMOSIP = "mosip"
	ModeW3C   = "w3c"
)

const (
	callTimeout = 10 * time.Second // of one request to a callback
	maxRetry    = 20 * time.Second // between two tries
	retries     = 3                // after the first try
	maxPending  = 256              // verifications at a time
)

// ErrClosed is what Publish returns before Start and after Close.
var ErrClosed = errors.New("hub is not running")

// Store keeps the hub's state: values under keys, each saved whole.
type Store interface {
	Save(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error
	All(ctx context.Context) (map[string][]byte, error)
}

// Authorize finds the user behind a request's Cookie header, as MOSIP's hub
// does by asking authmanager. An error means that there is none.
type Authorize func(ctx context.Context, cookieHeader string) (userID string, roles []string, err error)

// Config is what New needs.
type Config struct {
	URL       string    // of the hub, for the Link header, with the trailing slash
	Authorize Authorize // nil lets everybody do everything
	Store     Store     // nil keeps everything in memory
	Mode      string    // ModeMOSIP when empty
	Log       *slog.Logger
	Retry     time.Duration // before the first retry, doubled for each further one; default 3 s
	// Sent hears of every delivery that was tried: the upper-case hex SHA-256 of its bytes and the status, 0 for none.
	Sent func(topic, hash string, status int)
}

// Hub is a WebSub hub; make it with New.
type Hub struct {
	config Config
	mux    *http.ServeMux
	client *http.Client
	mode   atomic.Value // string

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running atomic.Bool
	work    sync.WaitGroup
	pending chan struct{} // one token per verification under way

	saving        sync.Mutex // orders what is stored of subscriptions; taken before mu
	mu            sync.Mutex // of all below and of every subscription
	closing       bool
	topics        map[string]*topicLog
	subscriptions map[*subscription]struct{}
}

// New returns a hub that answers requests once Start has returned.
func New(c Config) *Hub {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Store == nil {
		c.Store = nowhere{}
	}
	if c.Retry <= 0 {
		c.Retry = 3 * time.Second
	}
	h := &Hub{
		config: c,
		mux:    http.NewServeMux(),
		client: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute},
			Timeout:   callTimeout,
			// A redirect is an answer other than 2xx.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		pending:       make(chan struct{}, maxPending),
		topics:        map[string]*topicLog{},
		subscriptions: map[*subscription]struct{}{},
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.mode.Store(ModeMOSIP)
	if c.Mode == ModeW3C {
		h.mode.Store(ModeW3C)
	}
	h.mux.HandleFunc("POST /hub/{$}", h.receive)
	h.mux.HandleFunc("GET /hub/actuator/health", h.health)
	h.mux.HandleFunc("GET /hub/topics/{name}", h.page)
	return h
}

// ServeHTTP serves /hub/, /hub/actuator/health and, in mode "w3c", /hub/topics/{name}.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

func (h *Hub) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if !h.running.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"DOWN"}`))
		return
	}
	_, _ = w.Write([]byte(`{"status":"UP"}`))
}

// Start loads topics, subscriptions and undelivered records from the Store and
// resumes the deliveries. ctx bounds the loading only.
func (h *Hub) Start(ctx context.Context) error {
	stored, err := h.config.Store.All(ctx)
	if err != nil {
		return fmt.Errorf("hub: load: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return ErrClosed
	}
	if err := h.restore(ctx, stored); err != nil {
		return fmt.Errorf("hub: load: %w", err)
	}
	h.running.Store(true)
	h.resume()
	return nil
}

// SetMode changes the mode from the next request and delivery on; an unknown
// mode changes nothing. A stopped subscription goes on in mode "w3c".
func (h *Hub) SetMode(mode string) {
	if mode != ModeMOSIP && mode != ModeW3C {
		return
	}
	h.mode.Store(mode)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running.Load() && mode == ModeW3C {
		h.resume()
	}
	for s := range h.subscriptions {
		s.notify() // its lease may count now
	}
}

func (h *Hub) w3c() bool { return h.mode.Load() == ModeW3C }

// Close stops the deliveries, breaking off what is under way, and waits for
// every goroutine. With a Store, what is not committed is delivered after the
// next Start.
func (h *Hub) Close() error {
	h.running.Store(false)
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.cancel()
	h.work.Wait()
	h.client.CloseIdleConnections()
	return nil
}

// spawn runs f in a goroutine that Close waits for, unless the hub is closing.
// It needs h.mu.
func (h *Hub) spawn(f func()) bool {
	if h.closing {
		return false
	}
	h.work.Go(f)
	return true
}
