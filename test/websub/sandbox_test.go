package websub

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/test/harness"
)

// The server subscribes at the sandbox's hub under MOSIP's names, as it does by default. The hub behaves as MOSIP's, with
// its losses, or to the letter of the W3C.
func TestSandboxHubAsMOSIPs(t *testing.T) { atSandbox(t, "mosip", 0) }

func TestSandboxHubToTheLetter(t *testing.T) { atSandbox(t, "w3c", 2) }

// atSandbox tries a mode of the hub. survivors tells how many of the two messages behind a failure come after all.
func atSandbox(t *testing.T, mode string, survivors int) {
	t.Parallel()
	s := &stage{Server: harness.Start(t, often), t: t}
	s.Settings(t, map[string]any{"hubMode": mode})
	for _, part := range []struct {
		name string
		test func(t *testing.T, s *stage)
	}{
		{"wants the service token", wantsTheServiceToken}, {"delivers", delivers}, {"is asked again", isAskedAgain},
		{"after a failure", func(t *testing.T, s *stage) { afterAFailure(t, s, survivors) }},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, &stage{Server: s.Server, t: t, db: s.database()}) })
	}
}

// publish publishes a message to a topic.
func (s *stage) publish(topic, id string) {
	s.t.Helper()
	s.Publish(s.t, topic, json.RawMessage(fmt.Sprintf(`{"event":{"id":%q}}`, id)), 1)
}

// arrived counts the deliveries of a topic with an id.
func (s *stage) arrived(topic, id string) (n int) {
	s.t.Helper()
	s.read(&n, `select count(*) from delivery where topic = $1 and convert_from(body, 'UTF8')::jsonb #>> '{event,id}' = $2`, topic, id)
	return n
}

func delivers(t *testing.T, s *stage) {
	const each = 60 // more than the hub takes at a time
	before := s.keptInAll()
	for _, topic := range resident.Topics {
		for i := range each {
			s.publish(topic, fmt.Sprint(i))
		}
	}
	harness.Eventually(t, "everything is kept", func() bool { return s.keptInAll() == before+each*len(resident.Topics) })
	for _, topic := range resident.Topics {
		var ordered bool
		s.read(&ordered, `select bool_and((convert_from(body, 'UTF8')::jsonb #>> '{event,id}')::int = place) from
			(select body, row_number() over (order by id) - 1 as place from delivery where topic = $1) d`, topic)
		if !ordered {
			t.Errorf("%s: not in the order of publication", topic)
		}
	}
}

// Asking again and again is answered by MOSIP's hub with a denial each time, and by a W3C hub with a verification: the
// subscription stands throughout, and nothing is delivered twice.
func isAskedAgain(t *testing.T, s *stage) {
	const rounds = 5
	before := s.keptInAll()
	for round := range rounds {
		var confirmed time.Time
		s.read(&confirmed, `select max(verified_at) from subscription`)
		harness.Eventually(t, "every topic is confirmed again", func() bool {
			var again int
			s.read(&again, `select count(*) from subscription where verified_at > $1 and state = 'verified'`, confirmed)
			return again == len(resident.Topics)
		})
		for _, topic := range resident.Topics {
			s.publish(topic, fmt.Sprint("round ", round))
		}
	}
	harness.Eventually(t, "everything is kept", func() bool { return s.keptInAll() >= before+rounds*len(resident.Topics) })
	for _, topic := range resident.Topics {
		for round := range rounds {
			if n := s.arrived(topic, fmt.Sprint("round ", round)); n != 1 {
				t.Errorf("%s: message %d is kept %d times", topic, round, n)
			}
		}
	}
}

// A delivery that cannot be stored is refused, and comes again: MOSIP's hub stops until it is asked again, which we then
// do; a W3C hub repeats. What MOSIP's hub loses is known: the next failure of the same batch and what was behind it.
func afterAFailure(t *testing.T, s *stage, survivors int) {
	const topic = resident.CredentialTopic
	s.change(`create function refuse() returns trigger language plpgsql as $$ begin
		if convert_from(new.body, 'UTF8') like any (select pattern from refused) then raise exception 'full'; end if; return new; end $$`)
	s.change(`create table refused (pattern text)`)
	s.change(`create trigger refuse before insert on delivery for each row execute function refuse()`)
	s.change(`insert into refused values ('%"first"%'), ('%"second"%')`)
	for _, id := range []string{"first", "before", "second", "behind"} { // behind one that fails, they become one batch
		s.publish(topic, id)
	}
	s.change(`delete from refused where pattern like '%first%'`)
	harness.Eventually(t, "the refused one comes again", func() bool { return s.arrived(topic, "before") == 1 })
	if n := s.arrived(topic, "first"); n != 1 {
		t.Errorf("the first is kept %d times", n)
	}
	if survivors > 0 {
		s.change(`delete from refused`)
		harness.Eventually(t, "nothing is lost", func() bool { return s.arrived(topic, "second")+s.arrived(topic, "behind") == survivors })
	}
	s.publish(topic, "last")
	harness.Eventually(t, "it goes on", func() bool { return s.arrived(topic, "last") == 1 })
	if n := s.arrived(topic, "second") + s.arrived(topic, "behind"); n != survivors {
		t.Errorf("%d of the two were kept, not %d", n, survivors)
	}
}

// A subscription is taken from whoever shows a token with the role, and from nobody else.
func wantsTheServiceToken(t *testing.T, s *stage) {
	for what, cookie := range map[string]string{"no token": "", "a forged token": "Authorization=e30.e30.e30"} {
		if status, body := s.subscribe(cookie); status != http.StatusInternalServerError || !strings.HasPrefix(body, "hub.mode=denied") {
			t.Errorf("%s: the hub answered %d %s", what, status, body)
		}
	}
	if status, body := s.subscribe("Authorization=" + s.Token(t, "mosip-resident-client")); status != http.StatusAccepted || body != "hub.mode=accepted" {
		t.Errorf("our token: the hub answered %d %s", status, body)
	}
	var standing int
	s.read(&standing, `select count(*) from subscription where state = 'verified'`)
	if standing != len(resident.Topics) {
		t.Errorf("%d of our subscriptions stand", standing)
	}
}

// subscribe asks the sandbox's hub for a subscription whose callback nobody answers.
func (s *stage) subscribe(cookie string) (status int, body string) {
	s.t.Helper()
	form := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {resident.CredentialTopic},
		"hub.callback": {"http://localhost:1/"}, "hub.secret": {"of this test"}}
	r, err := http.NewRequest(http.MethodPost, s.SandboxURL+"/hub/", strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookie)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}
