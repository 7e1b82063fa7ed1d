package live_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/sandbox/hub"
)

var modes = []string{hub.ModeMOSIP, hub.ModeW3C}

// everyMode runs a test against a hub of each mode.
func everyMode(t *testing.T, test func(*testing.T, *world)) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) { test(t, newWorld(t, mode)) })
	}
}

func TestEveryMessageArrivesInOrder(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		s := w.subscriber()
		w.subscribed(s)
		const n = 200
		for _, topic := range topics {
			w.publish(topic, 0, n)
		}
		for _, topic := range topics {
			soon(t, patience, topic, func() bool { return len(w.ids(topic)) >= n })
			for i, id := range w.ids(topic) {
				if i != id {
					t.Fatalf("%s: message %d is %d", topic, i, id)
				}
			}
		}
	})
}

// Asking again and again, MOSIP's denials included, keeps a subscription as it is.
func TestResubscriptionConfirms(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		s := w.subscriber()
		w.subscribed(s)
		_, first := s.Healthy()
		for range 3 {
			_, before := s.Healthy()
			soon(t, patience, "confirmed again", func() bool {
				_, now := s.Healthy() // on a busy machine it is late for so short a time between two requests
				if slices.ContainsFunc(now, func(n live.TopicState) bool { return n.State != live.Verified }) {
					t.Fatalf("not verified any more: %+v", now)
				}
				return !slices.ContainsFunc(now, func(n live.TopicState) bool {
					return !n.VerifiedAt.After(before[0].VerifiedAt)
				})
			})
		}
		_, last := s.Healthy()
		if !last[0].LeaseUntil.After(first[0].LeaseUntil) {
			t.Error("the lease was not renewed")
		}
		w.publish(ackTopic, 0, 10)
		soon(t, patience, "messages", func() bool { return len(w.ids(ackTopic)) == 10 })
	})
}

func TestHubThatForgotUsIsNoticed(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		s := w.subscriber()
		w.subscribed(s)
		w.newHub()
		begun := time.Now()
		soon(t, patience, "delivery by the new hub", func() bool {
			w.publish(cardTopic, 7, 8)
			return w.has(cardTopic, 7)
		})
		t.Logf("after %v, asking every 200ms", time.Since(begun))
	})
}

func TestHubThatIsDownShowsAndIsAskedAgain(t *testing.T) {
	w := newWorld(t, hub.ModeMOSIP)
	s := w.subscriber()
	w.subscribed(s)
	w.hub.set(nil)
	soon(t, patience, "ill health", func() bool { ok, _ := s.Healthy(); return !ok })
	w.hub.set(w.now)
	soon(t, patience, "health", func() bool { ok, _ := s.Healthy(); return ok })
}

// What a MOSIP hub holds back after a failed delivery comes once we ask again, which a failed
// delivery makes us do long before it would be time.
func TestFailedDeliveryIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hub.ModeMOSIP)
	s := w.subscriber(func(c *live.Config) { c.ResubscribeEvery = 10 * time.Minute })
	w.subscribed(s)
	time.Sleep(time.Second) // the first round has settled and waits for its time
	w.inbox.fail(errors.New("disk full"))
	w.publish(ackTopic, 1, 2)
	soon(t, patience, "failure", func() bool { _, states := s.Healthy(); return states[1].Failed > 0 })
	w.inbox.fail(nil)
	soon(t, patience, "the message again", func() bool { return w.has(ackTopic, 1) })
}

func TestLeaseIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hub.ModeW3C)
	s := w.subscriber(func(c *live.Config) { c.Lease, c.ResubscribeEvery = 20*time.Second, 10*time.Minute })
	w.subscribed(s)
	_, first := s.Healthy()
	soon(t, patience, "the leases are renewed", func() bool {
		_, now := s.Healthy()
		for i := range now {
			if now[i].VerifiedAt.After(first[i].LeaseUntil) {
				t.Fatalf("the lease had ended %v before", now[i].VerifiedAt.Sub(first[i].LeaseUntil))
			}
		}
		return !slices.ContainsFunc(now, func(n live.TopicState) bool { return !n.LeaseUntil.After(first[0].LeaseUntil.Add(5 * time.Second)) })
	})
	w.publish(ackTopic, 1, 2)
	soon(t, patience, "a message", func() bool { return w.has(ackTopic, 1) })
}

func TestAnotherReplicaAnswersForTheOneThatAsked(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		w.us.set(w.subscriber().Handler()) // does not run
		asking := w.subscriber()
		running(t, asking.Run)
		soon(t, patience, "verified", func() bool { ok, _ := asking.Healthy(); return ok })
	})
}

func TestReplicasTakeTurns(t *testing.T) {
	w := newWorld(t, hub.ModeW3C)
	server := miniredis.RunT(t)
	every := 300 * time.Millisecond
	var stops []func()
	for range 3 {
		rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
		t.Cleanup(func() { _ = rdb.Close() })
		s := w.subscriber(func(c *live.Config) { c.Redis, c.ResubscribeEvery = rdb, every })
		stops = append(stops, w.subscribed(s))
	}
	soon(t, patience, "each asks when it starts", func() bool { return w.hub.count("subscribe", ackTopic) >= 3 })
	before, begun := w.hub.count("subscribe", ackTopic), time.Now()
	soon(t, patience, "some turns are taken", func() bool {
		time.Sleep(every / 10)
		server.FastForward(every / 10) // its clock does not run by itself
		return time.Since(begun) > 3*every && w.hub.count("subscribe", ackTopic)-before >= 3
	})
	one := int(time.Since(begun)/(every*9/10)) + 1 // what one replica asks in that time
	if asked := w.hub.count("subscribe", ackTopic) - before; asked > one {
		t.Errorf("three replicas asked %d times in the time for %d", asked, one)
	}
	stops[2]() // the last that started has the turn
	taken := w.hub.count("subscribe", ackTopic)
	soon(t, patience, "another replica takes the turn", func() bool {
		time.Sleep(every / 10)
		server.FastForward(every / 10)
		return w.hub.count("subscribe", ackTopic) > taken+1
	})
	server.Close()
	without := w.hub.count("subscribe", ackTopic)
	soon(t, patience, "asking goes on without Redis", func() bool { return w.hub.count("subscribe", ackTopic) > without+1 })
}

func TestNewSecretReplacesTheSubscription(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		stop := w.subscribed(w.subscriber())
		old, _ := w.rows.of(ackTopic)
		stop()
		s := w.subscriber(func(c *live.Config) { c.Secret = []byte("another secret of enough bytes") })
		w.us.set(s.Handler())
		w.publish(ackTopic, 1, 2) // to the old callback, signed with the old secret
		soon(t, patience, "a message of the old subscription", func() bool { return w.has(ackTopic, 1) })
		running(t, s.Run)
		soon(t, patience, "the old subscription ended", func() bool {
			row, err := w.rows.SubscriptionByCallback(t.Context(), old.CallbackID)
			return err == nil && row.State == live.Unsubscribing && !row.VerifiedAt.Before(row.RequestedAt)
		})
		fresh, _ := w.rows.of(ackTopic, old.CallbackID)
		if string(fresh.Secret) == string(old.Secret) || fresh.State != live.Verified {
			t.Errorf("the new subscription is %s", fresh.State)
		}
		soon(t, patience, "the hub has the new subscriptions", w.hubHasAll)
		w.publish(ackTopic, 2, 3)
		soon(t, patience, "a message of the new one", func() bool { return w.has(ackTopic, 2) })
		soon(t, patience, "the hub has removed the old one, after our answer", func() bool { return !w.kept.has(old.CallbackID) })
		w.publish(ackTopic, 3, 4)
		soon(t, patience, "another", func() bool { return w.has(ackTopic, 3) })
		time.Sleep(100 * time.Millisecond)
		if got := w.ids(ackTopic); got[len(got)-1] != 3 || got[len(got)-2] != 2 {
			t.Errorf("delivered %v", got)
		}
	})
}

func TestTopicNoLongerWantedIsUnsubscribed(t *testing.T) {
	everyMode(t, func(t *testing.T, w *world) {
		w.subscribed(w.subscriber())()
		s := w.subscriber(func(c *live.Config) { c.Topics = []string{ackTopic} })
		w.subscribed(s)
		soon(t, patience, "unsubscribed, and removed by the hub after our answer", func() bool {
			row, _ := w.rows.of(cardTopic)
			return row.State == live.Unsubscribing && !row.VerifiedAt.Before(row.RequestedAt) && !w.kept.has(row.CallbackID)
		})
		w.publish(cardTopic, 1, 2)
		w.publish(ackTopic, 1, 2)
		soon(t, patience, "the wanted topic", func() bool { return w.has(ackTopic, 1) })
		if w.has(cardTopic, 1) {
			t.Error("still delivered")
		}
	})
}

// One topic we may not have does not cost the others.
func TestTopicWithoutRoleIsDenied(t *testing.T) {
	w := newWorld(t, hub.ModeMOSIP)
	w.config.Authorize = func(_ context.Context, cookie string) (string, []string, error) {
		if !strings.Contains(cookie, "Authorization=service-token") {
			return "", nil, errors.New("no cookie")
		}
		return "service-account-mosip-resident-client", []string{"SUBSCRIBE_" + ackTopic + "_GENERAL"}, nil
	}
	w.newHub()
	s := w.subscriber(func(c *live.Config) { c.Topics = []string{cardTopic, ackTopic} })
	w.us.set(s.Handler())
	running(t, s.Run)
	soon(t, patience, "one denied, one verified", func() bool {
		_, states := s.Healthy()
		return states[0].State == live.Denied && states[1].Healthy
	})
	if n := w.tokens.drops(); n != 0 {
		t.Errorf("a good token was dropped %d times", n)
	}
}

func TestRedirectsOfTheHub(t *testing.T) {
	for code, followed := range map[int]bool{307: true, 308: true, 301: false, 302: false, 303: false} {
		w := newWorld(t, hub.ModeMOSIP)
		var asked atomic.Int64
		moved := serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			defer asked.Add(1)
			http.Redirect(rw, r, w.hubURL, code)
		}))
		s := w.subscriber(func(c *live.Config) { c.HubURL = moved + "/hub/" })
		w.us.set(s.Handler())
		running(t, s.Run)
		if followed {
			soon(t, patience, "followed", func() bool { ok, _ := s.Healthy(); return ok })
			continue
		}
		soon(t, patience, "asked again, and the first answer is written down", func() bool {
			_, states := s.Healthy()
			return asked.Load() > int64(len(topics)) && states[0].State != ""
		})
		if _, states := s.Healthy(); states[0].State != live.Requested {
			t.Errorf("%d: %s", code, states[0].State)
		}
		if w.hub.count("", "") > 0 {
			t.Errorf("%d: followed with a GET", code)
		}
	}
}

func TestAnswersOfTheHub(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		state      string
		drops      bool
	}{
		{"202", "", 202, live.Requested, false},
		{"200 accepted", "hub.mode=accepted", 200, live.Requested, false},
		{"200 without a word", "", 200, live.Requested, false},
		{"denied", "hub.mode=denied&hub.reason=Subscriber is not authorized", 500, live.Denied, false},
		{"cookie refused", "hub.mode=denied&hub.reason=Token expired", 500, live.Denied, true},
		{"401", "", 401, live.Denied, true},
		{"no sense", "<html>", 502, live.Requested, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, asked := answering(t, c.status, c.body)
			r, tokens := newRows(t), &token{}
			s := live.NewSubscriber(live.Config{
				HubURL: url, CallbackURL: "http://localhost", Topics: []string{ackTopic}, Secret: secret, Store: r,
				Tokens: tokens, Deliver: (&inbox{}).deliver, HTTPClient: client(t), ResubscribeEvery: time.Minute,
			})
			stop := running(t, s.Run)
			soon(t, patience, "asked, and written down", func() bool {
				row, ok := r.of(ackTopic)
				return ok && asked() > 0 && row.State == c.state
			})
			stop()
			if got := tokens.drops() > 0; got != c.drops {
				t.Errorf("token dropped: %v", got)
			}
		})
	}
}

func TestConfigurationThatCannotWork(t *testing.T) {
	for name, c := range map[string]live.Config{
		"short secret": {HubURL: "http://localhost", CallbackURL: "http://localhost", Secret: []byte("short")},
		"no hub":       {CallbackURL: "http://localhost", Secret: secret},
		"no callback":  {HubURL: "http://localhost", Secret: secret},
	} {
		if err := live.NewSubscriber(c).Run(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
