package websub

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

// How often the server asks again: never while a test lasts, or without a pause.
const (
	rarely = "WEBSUB_RESUBSCRIBE_EVERY=1h"
	often  = "WEBSUB_RESUBSCRIBE_EVERY=300ms"
)

// stage is a running server with what it meets.
type stage struct {
	*harness.Server
	t         *testing.T
	publisher *publisher
	hub       *hub
	db        *pgxpool.Pool
}

// play starts a server that discovers its hub from the publisher's pages.
func play(t *testing.T, p *publisher, h *hub, env ...string) *stage {
	t.Helper()
	return &stage{Server: harness.Start(t, append([]string{"WEBSUB_TOPIC_URL=" + p.url + "/topics/"}, env...)...), t: t, publisher: p, hub: h}
}

// subscriptions waits until the hub has verified every topic, each under the URL that self gives for it, and answers
// them by name.
func (s *stage) subscriptions(self func(name string) string) map[string]subscription {
	s.t.Helper()
	all := map[string]subscription{}
	for _, name := range resident.Topics {
		// Longer than harness.Eventually waits, for a server that was refused asks again with growing pauses.
		for deadline := time.Now().Add(90 * time.Second); len(s.hub.subscribed(self(name))) != 1; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				s.t.Fatalf("the hub never verified %s", self(name))
			}
		}
		all[name] = s.hub.subscribed(self(name))[0]
	}
	return all
}

// receives delivers a message to every subscription and fails unless each is answered with 2xx and kept, once and under
// its topic.
func (s *stage) receives(all map[string]subscription) {
	s.t.Helper()
	for name, one := range all {
		body := message("receives")
		if status := s.hub.deliver(one, body); status/100 != 2 {
			s.t.Errorf("%s: a delivery was answered with %d", name, status)
		}
		if n := s.kept(name, body); n != 1 {
			s.t.Errorf("%s: kept %d times", name, n)
		}
	}
}

// message is a message that concerns nobody.
func message(id string) string {
	return fmt.Sprintf(`{"publisher":"IDA","event":{"id":%q,"requestId":"","data":{"authTypes":[]}},"at":%d}`, id, time.Now().UnixNano())
}

// database answers a pool on the server's database.
func (s *stage) database() *pgxpool.Pool {
	s.t.Helper()
	if s.db == nil {
		pool, err := pgxpool.New(s.t.Context(), s.Database)
		if err != nil {
			s.t.Fatal(err)
		}
		s.db = pool
		s.t.Cleanup(pool.Close)
	}
	return s.db
}

// kept counts the deliveries of a topic with a body that the server has taken in.
func (s *stage) kept(topic, body string) (n int) {
	s.t.Helper()
	s.read(&n, `select count(*) from delivery where topic = $1 and body = $2`, topic, []byte(body))
	return n
}

// keptInAll counts the deliveries that the server has taken in.
func (s *stage) keptInAll() (n int) {
	s.t.Helper()
	s.read(&n, `select count(*) from delivery`)
	return n
}

// state is how a subscription stands on our side.
func (s *stage) state(callback string) (state string) {
	s.t.Helper()
	s.read(&state, `select coalesce((select state from subscription where callback_id = $1), '')`, idOf(callback))
	return state
}

// idOf is the last part of a callback URL.
func idOf(callback string) string { return callback[strings.LastIndexByte(callback, '/')+1:] }

// read reads one value.
func (s *stage) read(into any, query string, args ...any) {
	s.t.Helper()
	if err := s.database().QueryRow(s.t.Context(), query, args...).Scan(into); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

// change changes the database.
func (s *stage) change(statement string) {
	s.t.Helper()
	if _, err := s.database().Exec(s.t.Context(), statement); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

// requestsFor lists the requests to subscribe to a topic.
func (s *stage) requestsFor(topic string) (all []request) {
	for _, r := range s.hub.asked("subscribe") {
		if r.form.Get("hub.topic") == topic {
			all = append(all, r)
		}
	}
	return all
}
