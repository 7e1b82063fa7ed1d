// Package sessions_test shows what becomes of sessions: two replicas over one Redis, a real redis-server where one is on
// PATH. Its cases are those of README.md.
package sessions_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/sandbox/esignet"
	"github.com/resident-graph/resident-graph/session"
	"github.com/resident-graph/resident-graph/test/harness"
	"github.com/resident-graph/resident-graph/test/oidc/rp"
	"github.com/resident-graph/resident-graph/test/ports"
)

func TestMain(m *testing.M) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		fmt.Fprintln(os.Stderr, "redis-server is not on PATH: sessions are tested on miniredis")
	}
	harness.Main(m)
}

// startRedis runs a Redis of the test's own and returns its URL.
func startRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		address, stop, err := sandbox.Redis(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stop() })
		return address
	}
	port := ports.Reserve(t)
	server := exec.Command(program, "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	address := fmt.Sprintf("redis://127.0.0.1:%d/0", port)
	harness.Eventually(t, "redis-server answers", func() bool { return connect(t, address).Ping(t.Context()).Err() == nil })
	return address
}

func connect(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// stored is all that Redis holds, names and values.
func stored(t *testing.T, address string) string {
	t.Helper()
	client, all := connect(t, address), ""
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		all += key + "\n"
		switch kind := client.Type(t.Context(), key).Val(); kind {
		case "string":
			all += client.Get(t.Context(), key).Val() + "\n"
		case "zset":
			all += fmt.Sprintln(client.ZRangeWithScores(t.Context(), key, 0, -1).Val())
		default:
			t.Fatalf("%s is a %s", key, kind)
		}
	}
	return all
}

// pair is two replicas behind e-Signet.
type pair struct {
	*rp.App
	other   *rp.App
	redis   string
	esignet *httptest.Server
}

func startPair(t *testing.T, options ...func(*session.Config)) *pair {
	t.Helper()
	return startPairAt(t, rp.Listen(t), options...)
}

func startPairAt(t *testing.T, l *rp.Listener, options ...func(*session.Config)) *pair {
	t.Helper()
	p := &pair{redis: startRedis(t)}
	p.esignet = startESignet(t, l.URL)
	p.App = rp.Start(t, l, p.redis, p.esignet.URL, append([]func(*session.Config){func(c *session.Config) {
		c.UserInfoJSON, c.AssertionAudience = false, ""
	}}, options...)...)
	p.other = p.Replica()
	return p
}

func startESignet(t *testing.T, publicURL string) *httptest.Server {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	handler = esignet.New(esignet.Config{
		Issuer: server.URL, Seed: "sessions",
		Clients: []esignet.Client{{ID: rp.ClientID, RedirectURIs: []string{publicURL + "/auth/callback"}, Key: rp.ClientKey(t)}},
		Resident: func(id string) (esignet.Resident, error) {
			if id != rp.UIN {
				return esignet.Resident{}, esignet.ErrUnknown
			}
			return esignet.Resident{IndividualID: id, Subject: id, Name: "Asha Kumar"}, nil
		},
	})
	return server
}

var hidden = regexp.MustCompile(`name="transaction" value="([^"]+)"`)

// signIn fills in e-Signet's form.
func (p *pair) signIn(t *testing.T, b *rp.Browser) {
	t.Helper()
	p.submit(t, b, b.Get(p.SignInURL("/", "")))
	if !b.Who(p.App).SignedIn {
		t.Fatalf("not signed in\n%s", p.Log())
	}
}

func (p *pair) submit(t *testing.T, b *rp.Browser, login rp.Page) rp.Page {
	t.Helper()
	found := hidden.FindStringSubmatch(login.Body)
	if found == nil {
		t.Fatalf("no login form at %s: %d %s", login.URL, login.Status, login.Body)
	}
	return b.Do(http.MethodPost, p.esignet.URL+"/authorize", url.Values{
		"transaction": {found[1]}, "individualId": {rp.UIN}, "otp": {"111111"}, "scope": {"Manage-VID"}})
}

// session loads what a browser's cookie opens.
func (p *pair) session(t *testing.T, b *rp.Browser) *session.Session {
	t.Helper()
	s, err := p.Load(t.Context(), b.Cookie(p.App, "session"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pushed is within what is announced reaches every replica on a busy machine: less than until it would be found out too.
const pushed = 10 * time.Second

// await returns the next change, which must come within limit and be to state.
func await(t *testing.T, changes <-chan session.Change, state session.State, limit time.Duration) session.Change {
	t.Helper()
	select {
	case change, open := <-changes:
		if !open || change.State != state {
			t.Fatalf("told %+v (open: %v), want %s", change, open, state)
		}
		return change
	case <-time.After(limit):
		t.Fatalf("not told %s within %v", state, limit)
		return session.Change{}
	}
}

// within checks that over is closed in time.
func within(t *testing.T, what string, limit time.Duration, over <-chan struct{}) {
	t.Helper()
	select {
	case <-over:
	case <-time.After(limit):
		t.Errorf("%s: not over within %v", what, limit)
	}
}
