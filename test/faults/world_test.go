package faults

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/test/faults/ledger"
	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/ports"
)

// world is a server as in production, before a MOSIP, a Postgres and a Redis that outlive it, with the four ledgers.
type world struct {
	t      *testing.T
	server *harness.Server
	mosip  *mosip
	db     *pgxpool.Pool
	redis  *redis.Client
	dir    string // of the ledgers
	// client and subscriber are C and S; forger is P for what the test sends itself, reader what residents looked at.
	client, subscriber, forger, reader *ledger.File

	people    []*person
	followers []*follower
	gaveUp    map[string]bool // shares on which nobody was to work, by event id
	ready     []time.Duration // from the start to the readiness of servers that were killed
}

// option changes how a world is made.
type option func(*making)

type making struct {
	env     []string
	lasting bool
	gate    *gate
}

// with adds to the server's environment.
func with(env ...string) option { return func(m *making) { m.env = append(m.env, env...) } }

// behind has the hub reach the server through a gate only.
func behind(g *gate) option {
	return func(m *making) { m.gate, m.env = g, append(m.env, "WEBSUB_CALLBACK_URL="+g.url) }
}

// lasting has MOSIP keep its state when it dies.
func lasting(m *making) { m.lasting = true }

// start makes a world in which people residents have signed in; nothing happens in it by itself.
func start(t *testing.T, people int, options ...option) *world {
	t.Helper()
	var m making
	for _, o := range options {
		o(&m)
	}
	w := &world{t: t, dir: t.TempDir(), gaveUp: map[string]bool{}}
	w.client, w.subscriber, w.forger, w.reader = w.open("client"), w.open("subscriber"), w.open("forger"), w.open("reader")
	port, database := ports.Reserve(t), ""
	public := fmt.Sprintf("http://localhost:%d", port)
	if m.gate != nil {
		m.gate.to(public)
	}
	if m.lasting {
		database = harness.NewDatabase(t)
	}
	w.mosip = startMOSIP(t, public, w.dir, database)
	redisURL, stop, err := sandbox.Redis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	parsed, err := redis.ParseURL(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	w.redis = redis.NewClient(parsed)
	t.Cleanup(func() { _ = w.redis.Close() })
	env := []string{"MODE=production", "HOST=localhost", fmt.Sprintf("PORT=%d", port), "PUBLIC_URL=" + public, "REDIS_URL=" + redisURL,
		"SECRET=only for tests, and 32 bytes at least", "RATE_RESIDENT=0", "RATE_SOURCE=0", "LOG_LEVEL=info",
		"SESSION_IDLE=48h", "SESSION_MAX=48h", "STEP_UP_AGE=48h",
		"TRUSTED_DOCUMENTS_DIR=" + trusted(t),
		"UPSTREAM_TIMEOUT=1s", "OUTCOME_GRACE=6s", "CONFIRM_LOCKS_AFTER=5s"}
	for name, value := range w.mosip.environment {
		env = append(env, name+"="+value)
	}
	w.server = harness.Start(t, append(env, m.env...)...)
	w.server.URL, w.server.SandboxURL = public, w.mosip.url
	if w.db, err = pgxpool.New(t.Context(), w.server.Database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.db.Close)
	w.server.Settings(t, map[string]any{"ackDelayMs": 50})
	w.credentialsTake(credentialsTake)
	w.signIn(people)
	return w
}

// credentialsTake is how long nobody works on a request for a credential: a share that is called off at once is called off
// in time, one that waits for a server to come back is not.
const credentialsTake = time.Second

func (w *world) credentialsTake(d time.Duration) {
	w.t.Helper()
	w.server.Settings(w.t, map[string]any{"credentialDelayMs": d.Milliseconds(), "cardDelayMs": credentialsTake.Milliseconds()})
}

// answersTake has MOSIP's services answer writes so much later than they are done.
func (w *world) answersTake(ms int) {
	w.t.Helper()
	slow := map[string]any{"answerMs": ms}
	w.server.Faults(w.t, map[string]any{"vid": slow, "identity": slow, "credential": slow, "keymanager": slow})
}

func (w *world) open(name string) *ledger.File {
	w.t.Helper()
	file, err := ledger.Open(filepath.Join(w.dir, name+".jsonl"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = file.Close() })
	return file
}

// must fails the test for an error of the test's own means.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// restart starts a server that has ended and keeps how long it took to be ready.
func (w *world) restart() {
	w.t.Helper()
	began := time.Now()
	w.server.Run()
	w.ready = append(w.ready, time.Since(began))
}

// restartTo starts a server that is to end itself at a point, before it is ready or after.
func (w *world) restartTo(point string) {
	w.t.Helper()
	began := time.Now()
	if w.server.RunWith("FAILPOINT=" + point) {
		w.ready = append(w.ready, time.Since(began))
	}
}

// ended waits until the server has ended itself.
func (w *world) ended() {
	w.t.Helper()
	select {
	case <-w.server.Ends():
	case <-time.After(settleWithin):
		w.t.Fatal("the server does not end itself")
	}
}

// number answers the one number of a query.
func (w *world) number(query string, args ...any) int {
	w.t.Helper()
	var n int
	w.must(w.db.QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

// exec breaks or moves rows, as time and operators do.
func (w *world) exec(statement string, args ...any) {
	w.t.Helper()
	_, err := w.db.Exec(context.Background(), statement, args...)
	w.must(err)
}

// within waits for what may take longer than a moment.
func (w *world) within(limit time.Duration, what string, holds func() bool) {
	w.t.Helper()
	for began := time.Now(); time.Since(began) < limit; time.Sleep(30 * time.Millisecond) {
		if holds() {
			return
		}
	}
	w.t.Fatalf("not within %s: %s", limit, what)
}
