package reconcile

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

type mail struct {
	Channel string   `json:"channel"`
	To      []string `json:"to"`
	Cc      []string `json:"cc"`
	Subject string   `json:"subject"`
	Content string   `json:"content"`
}

func mailbox(t testing.TB, s *harness.Server, to string) []mail {
	t.Helper()
	var all []mail
	control(t, s, http.MethodGet, "/sandbox/mailbox?to="+url.QueryEscape(to), nil, &all)
	return all
}

func TestAResidentIsWrittenToOncePerEventAndStatus(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "NOTIFICATION_TRACK_URL=https://resident.example/?from=mail&event=")
	for _, lang := range []string{"fra", "ara"} {
		var p person
		for _, one := range people(t, s) {
			if one.PreferredLang == lang {
				p = one
				break
			}
		}
		c := s.SignIn(t, p.UIN)
		made := eventOf(c.Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": "written-vid-1"}), "generateVid")
		locked := eventOf(c.Must(locksMutation, map[string]any{"changes": []any{lock("DEMO", true)}, "key": "written-lock"}), "setAuthLocks")
		if made == "" || locked == "" {
			t.Fatalf("events %q and %q", made, locked)
		}
		for channel, address := range map[string]string{"email": p.Email, "sms": p.Phone} {
			harness.Within(t, 30*time.Second, "three messages by "+channel, func() bool { return len(mailbox(t, s, address)) >= 3 })
			time.Sleep(500 * time.Millisecond)
			messages := mailbox(t, s, address)
			if len(messages) != 3 {
				t.Fatalf("%d messages by %s, want 3: %v", len(messages), channel, messages)
			}
			about := map[string]int{}
			for _, m := range messages {
				for _, id := range []string{made, locked} {
					if strings.Contains(m.Content, id) {
						about[id]++
					}
				}
				link := "from=mail&event="
				if channel == "email" {
					link = "from=mail&amp;event="
					english := strings.Contains(m.Subject, "Virtual ID") || strings.Contains(m.Subject, "Authentication locks")
					if !strings.Contains(m.Content, html.EscapeString(p.Names[lang])) || english || strings.Contains(m.Subject, "/") {
						t.Errorf("not in %s: %s", lang, m.Subject)
					}
				}
				if !strings.Contains(m.Content, link) || len(m.Cc) > 0 || len(m.To) != 1 {
					t.Errorf("%s to %d and %d more: %s", channel, len(m.To), len(m.Cc), m.Content)
				}
			}
			if about[made] != 1 || about[locked] != 2 {
				t.Errorf("by %s: %d messages about the VID and %d about the lock, want 1 and 2", channel, about[made], about[locked])
			}
		}
	}
}

func TestAPoisonedJobIsParkedAndOthersFlow(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db := database(t, s)
	p := people(t, s)[0]
	c := s.SignIn(t, p.UIN)
	c.Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": "poison-seed"})
	openRequests(t, db, 2)
	run(t, db, `update event set individual_id = '\x00000001deadbeefdeadbeefdeadbeef'::bytea where credential_request_id = 'cred-0'`)
	for i := range 2 {
		control(t, s, http.MethodPut, "/sandbox/credential", map[string]any{"requestId": fmt.Sprintf("cred-%d", i), "id": "x", "statusCode": "STORED"}, nil)
	}
	harness.Eventually(t, "the poisoned jobs are parked", func() bool {
		return number(t, db, `select count(*) from river_job where kind = 'notify' and state = 'cancelled'`) == 2 &&
			strings.Count(s.Log(), `"job parked"`) == 2
	})
	if got := text(t, db, `select status from event where credential_request_id = 'cred-0'`); got != "SUCCESS" {
		t.Errorf("the event of the parked job is %s", got)
	}
	harness.Eventually(t, "the other's mail arrives", func() bool {
		return strings.Contains(fmt.Sprint(mailbox(t, s, p.Email)), text(t, db, `select event_id from event where credential_request_id = 'cred-1'`))
	})
}

// MOSIP tells of trouble behind a service in the same form as of an address that is wrong. A message waits for its end.
func TestAMessageWaitsForWhatMOSIPItselfLacks(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db, p := database(t, s), people(t, s)[0]
	c := s.SignIn(t, p.UIN)
	for service, code := range map[string]string{"notification": "KER-NOE-004", "identity": "IDR-IDS-003"} {
		control(t, s, http.MethodPut, "/sandbox/faults", map[string]any{service: map[string]any{"refuse": map[string]any{"errorCode": code, "message": "No."}}}, nil)
		event := eventOf(c.Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": "waits-" + service}), "generateVid")
		tried := `select count(*) from river_job where kind = 'notify' and args->>'eventId' = '` + event + `' and `
		harness.Eventually(t, "its messages are tried", func() bool { return number(t, db, tried+`(metadata->>'snoozes')::int > 0 or state = 'cancelled'`) > 0 })
		control(t, s, http.MethodPut, "/sandbox/faults", map[string]any{}, nil)
		for _, address := range []string{p.Email, p.Phone} {
			harness.Within(t, 30*time.Second, "it is written all the same, after "+code, func() bool { return strings.Contains(fmt.Sprint(mailbox(t, s, address)), event) })
		}
	}
}
