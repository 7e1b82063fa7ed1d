package faults

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/ledger"
)

// TestTheCallbackIsAway (F15) keeps our callback away while much happens: a MOSIP hub gives up and loses what it had
// taken. Everything is found afterwards.
func TestTheCallbackIsAway(t *testing.T) {
	t.Parallel()
	messages, away := size("FAULT_MESSAGES", 200), time.Duration(size("FAULT_OUTAGE", 4))*time.Second
	w := start(t, 6, with("HISTORY_CHECK_FIRST=2s", "HISTORY_CHECK_LONGEST=10s"))
	for _, p := range w.people {
		w.follow(p)
	}
	want, shares := w.authentications()+messages, messages/10
	w.openShares(w.people[0], shares)
	w.exec(`update event set check_at = now() + interval '10 minutes' where request_type = 'SHARE_CRED_WITH_PARTNER'`)
	w.server.Kill()
	began := time.Now()
	for i := range messages {
		w.server.Authenticate(t, w.people[i%len(w.people)].uin, partner)
		if i < shares {
			w.mosip.control(http.MethodPut, "/sandbox/credential", map[string]any{"requestId": fmt.Sprintf("cred-%d", i), "id": "x", "statusCode": "STORED"})
		}
	}
	time.Sleep(away - time.Since(began))
	w.restart()
	w.within(quietWithin, "every event equals upstream", func() bool {
		return w.authentications() >= want && w.number(`select count(*) from event where request_type = 'SHARE_CRED_WITH_PARTNER'
			and status_detail <> 'STORED'`) == 0
	})
	lost := 0
	for _, p := range lines[ledger.Publisher](w, "publisher") {
		if p.Status == 0 {
			lost++
		}
	}
	faults := w.account().Faults()
	if n := w.authentications(); n != want {
		t.Errorf("%d authentications, want %d", n, want)
	}
	report(t, "F15", messages+shares, faults, nil, fmt.Sprintf("away for %s, %d deliveries failed", away, lost))
}

// arrives has a message sent until one arrives: what was sent before the subscription stood is nobody's.
func (w *world) arrives(what string) {
	w.t.Helper()
	n := 0
	w.within(quietWithin, what, func() bool {
		n++
		w.server.Publish(w.t, transactions, w.authenticated(w.people[0], fmt.Sprintf("%s-%d", what, n), time.Now()), 1)
		time.Sleep(200 * time.Millisecond)
		return w.number(`select count(*) from event where request_id like $1`, what+"-%") > 0
	})
}

// alarms counts the lines about the hub that an operator would be woken by.
func (w *world) alarms() (n int) {
	for line := range strings.Lines(w.server.Log()) {
		if strings.Contains(line, "websub") && (strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"level":"ERROR"`)) {
			n++
		}
	}
	return n
}

// TestTheHubForgetsUs (F16) has the hub forget our subscriptions in every way that it can.
func TestTheHubForgetsUs(t *testing.T) {
	t.Parallel()
	gate := newGate(t)
	w := start(t, 1, behind(gate), with("WEBSUB_RESUBSCRIBE_EVERY=1s", "WEBSUB_LEASE=3s"))

	w.mosip.end(syscall.SIGKILL)
	// A hub that is back at once is asked before anybody could notice.
	w.within(quietWithin, "somebody is told that the hub is away", func() bool { return w.alarms() > 0 })
	w.mosip.run()
	w.arrives("restarted-empty")

	w.server.Settings(t, map[string]any{"hubMode": "w3c"})
	w.server.Kill()
	time.Sleep(4 * time.Second) // the lease ends
	w.restart()
	w.arrives("lease-over")
	if !strings.Contains(w.server.Log(), "websub subscription was interrupted") {
		t.Error("nobody is told that the lease had ended")
	}

	gate.gone.Store(true)
	w.server.Publish(t, transactions, w.authenticated(w.people[0], "into-the-void", time.Now()), 1)
	w.within(quietWithin, "the hub is told 410", func() bool { return gate.refused.Load() > 0 })
	gate.gone.Store(false)
	w.arrives("told-410")
	report(t, "F16", 3, w.account().Faults(), nil, "restarted empty, lease over, 410")
}

// gate stands between the hub and the callback.
type gate struct {
	url     string
	target  atomic.Pointer[url.URL]
	gone    atomic.Bool // answers deliveries with 410
	refused atomic.Int64
}

func newGate(t *testing.T) *gate {
	g := &gate{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(g.target.Load()) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case g.target.Load() == nil:
			panic(http.ErrAbortHandler)
		case g.gone.Load() && r.Method == http.MethodPost:
			g.refused.Add(1)
			w.WriteHeader(http.StatusGone)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *gate) to(address string) {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	g.target.Store(u)
}
