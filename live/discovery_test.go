package live_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/sandbox/hub"
)

// pages are those of topics whose hub can be changed. A nil hub has none.
type pages struct {
	url string
	hub atomic.Pointer[world]
}

func newPages(t *testing.T, first *world) *pages {
	p := &pages{}
	p.hub.Store(first)
	p.url = serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := p.hub.Load()
		if w == nil {
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Link", "<"+w.hubURL+">; rel=hub, <"+w.hubURL+"topics/"+strings.TrimPrefix(r.URL.Path, "/")+">; rel=self")
	})) + "/"
	return p
}

func (p *pages) of(c *live.Config) { c.TopicURL = p.url }

// What one replica discovered, every replica answers for, though it has never seen a page itself.
func TestReplicasShareWhatWasDiscovered(t *testing.T) {
	w, next := newWorld(t, hub.ModeW3C), newWorld(t, hub.ModeW3C)
	p := newPages(t, w)
	answering, asking := w.subscriber(p.of), w.subscriber(p.of)
	w.us.set(answering.Handler()) // does not run
	running(t, asking.Run)
	for _, s := range []*live.Subscriber{answering, asking} {
		soon(t, patience, "healthy", func() bool { ok, _ := s.Healthy(); return ok })
	}
	soon(t, patience, "the hub has the subscriptions", w.hubHasAll)
	w.publish(ackTopic, 1, 2)
	soon(t, patience, "a message under MOSIP's name", func() bool { return w.has(ackTopic, 1) })

	old, _ := w.rows.of(ackTopic + " " + w.hubURL + "topics/" + ackTopic + " " + w.hubURL)
	p.hub.Store(next)
	soon(t, patience, "the old subscription is ended", func() bool {
		row, err := w.rows.SubscriptionByCallback(t.Context(), old.CallbackID)
		return err == nil && row != nil && row.State == live.Unsubscribing
	})
	soon(t, patience, "the new hub has the subscriptions", func() bool { return next.kept.subscriptions() == len(topics) })
	next.publish(ackTopic, 2, 3)
	soon(t, patience, "a message of the new hub", func() bool { return w.has(ackTopic, 2) })
	if ok, states := answering.Healthy(); !ok || states[1].Topic != ackTopic || states[1].Delivered != 2 {
		t.Errorf("healthy %v: %+v", ok, states[1])
	}
	r := &receiver{Subscriber: answering, rows: w.rows, inbox: w.inbox}
	if got := r.answer(http.MethodPost, old.CallbackID, "", `{}`, signature, "sha256="+sha256Hex(old.Secret, `{}`)); got.Code != http.StatusGone {
		t.Errorf("the old callback answered %d", got.Code)
	}
}

// A hub that was left and is gone is not asked for ever: its leases end by themselves.
func TestLapsedSubscriptionEndsByItself(t *testing.T) {
	w, next := newWorld(t, hub.ModeW3C), newWorld(t, hub.ModeW3C)
	p := newPages(t, w)
	s := w.subscriber(p.of, func(c *live.Config) { c.Lease = time.Second })
	w.subscribed(s)
	w.hub.set(nil)
	time.Sleep(2 * time.Second) // the leases end
	p.hub.Store(next)
	soon(t, patience, "every old subscription is over", func() bool {
		over := 0
		rows, err := w.rows.LoadSubscriptions(t.Context())
		for _, row := range rows {
			if strings.HasSuffix(row.Topic, " "+w.hubURL) && row.State == live.Unsubscribing && !row.VerifiedAt.Before(row.RequestedAt) {
				over++
			}
		}
		return err == nil && over == len(topics)
	})
	if n := w.hub.count("unsubscribe", w.hubURL+"topics/"+ackTopic); n != 0 {
		t.Errorf("the hub that is gone was asked %d times", n)
	}
	soon(t, patience, "the new hub has the subscriptions", func() bool { return next.kept.subscriptions() == len(topics) })
	next.publish(cardTopic, 1, 2)
	soon(t, patience, "a message of the new hub", func() bool { return w.has(cardTopic, 1) })
}

// Discovery can be switched on and off: what was subscribed to in the other way ends once its successor stands.
func TestDiscoveryIsSwitched(t *testing.T) {
	w := newWorld(t, hub.ModeW3C)
	p := newPages(t, w)
	for i, edit := range []func(*live.Config){func(*live.Config) {}, p.of, func(*live.Config) {}} {
		stop := w.subscribed(w.subscriber(edit))
		soon(t, patience, "one subscription for each topic in round "+strconv.Itoa(i), func() bool {
			rows, err := w.rows.LoadSubscriptions(t.Context())
			standing := 0
			for _, row := range rows {
				if row.State == live.Verified {
					standing++
				}
			}
			return err == nil && standing == len(topics)
		})
		w.publish(ackTopic, i, i+1)
		soon(t, patience, "a message", func() bool { return w.has(ackTopic, i) })
		stop()
	}
}

func TestTopicURLThatCannotWork(t *testing.T) {
	for _, url := range []string{"topics/", "ftp://localhost/", "http://", "://"} {
		c := live.Config{HubURL: "http://localhost", CallbackURL: "http://localhost", Secret: secret, TopicURL: url}
		if err := live.NewSubscriber(c).Run(t.Context()); err == nil {
			t.Errorf("%q: accepted", url)
		}
	}
}
