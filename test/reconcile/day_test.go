package reconcile

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/resident/locale"
	"github.com/resident-graph/resident-graph/test/harness"
)

const revokeMutation = `mutation Revoke($vid: ID!, $key: String!) {
  revokeVid(input: {vidId: $vid, idempotencyKey: $key}) { event { eventId status } errors { code } } }`

// requested is the word for a request in each language of the sandbox's messages.
var requested = map[string]string{"eng": "request", "fra": "demande", "ara": "طلب", "hin": "अनुरोध", "tam": "கோரிக்கை"}

// TestADayWithoutAuditManagerAndNotifierLosesNothing has both be away for 24 hours, every two hours in another way,
// while residents go on. Afterwards every message that was due has arrived once, in the resident's language and with the time
// of its event, and every record once, with its own time.
func TestADayWithoutAuditManagerAndNotifierLosesNothing(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "UPSTREAM_TIMEOUT=1s", "OUTCOME_GRACE=6s", "AUDIT_READS=true")
	db := database(t, s)
	d := &day{t: t, s: s, db: db, due: map[string]int{}}
	for lang := range requested {
		at := slices.IndexFunc(people(t, s), func(p person) bool { return p.PreferredLang == lang })
		d.people = append(d.people, people(t, s)[at])
		d.clients = append(d.clients, s.SignIn(t, d.people[len(d.people)-1].UIN))
	}
	ways := []map[string]any{{"status": 503}, {"down": true}, {"hang": true}, {"garbage": true}, {"status": 500}, {"status": 429}}
	for hour := 0; hour < 24; hour += 2 {
		way := ways[hour/2%len(ways)]
		s.Faults(t, map[string]any{"notification": way, "audit": way})
		d.act(hour / 2)
		t.Logf("%2d h: %s until all was tried", hour, d.wait())
		d.letTimePass()
	}
	d.wait() // all have been tried at an age of up to 24 hours
	if sent := len(mailbox(t, s, "")); sent > 0 {
		t.Errorf("%d messages while the notifier was away", sent)
	}
	before := d.records()
	gone := time.Now().UTC()
	s.Faults(t, map[string]any{})
	harness.Within(t, 60*time.Second, "everything arrives", func() bool {
		run(t, db, `update river_job set scheduled_at = now(), state = 'available' where state = 'scheduled'`)
		return number(t, db, `select count(*) from river_job where state <> 'completed'`) == 0
	})
	d.wantMessages()
	d.wantRecords(before, gone)
}

// day is what residents do, and what is due for it.
type day struct {
	t       *testing.T
	s       *harness.Server
	db      *pgxpool.Pool
	people  []person
	clients []*harness.Client
	due     map[string]int // messages by event id and channel
	reads   int            // of homes
	writes  [3]int         // VIDs generated and revoked, locks
}

// act has one resident do everything and all look at something.
func (d *day) act(turn int) {
	c := d.clients[turn%len(d.clients)]
	made := c.Must(`mutation($key: String!) { generateVid(input: {type: ONE_TIME_USE, idempotencyKey: $key}) { vid { id } event { eventId status } } }`,
		map[string]any{"key": fmt.Sprintf("day-vid-%04d", turn)})
	revoked := c.Must(revokeMutation, map[string]any{"vid": harness.At(made, "generateVid", "vid", "id"), "key": fmt.Sprintf("day-revoke-%04d", turn)})
	locked := c.Must(locksMutation, map[string]any{"changes": []any{lock("DEMO", turn/len(d.clients)%2 == 0)}, "key": fmt.Sprintf("day-lock-%04d", turn)})
	for event, messages := range map[string]int{eventOf(made, "generateVid"): 1, eventOf(revoked, "revokeVid"): 1, eventOf(locked, "setAuthLocks"): 2} {
		if event == "" {
			d.t.Fatalf("no event: %v %v %v", made, revoked, locked)
		}
		d.due[event+" email"], d.due[event+" sms"] = messages, messages
	}
	for i := range d.writes {
		d.writes[i]++
	}
	for _, c := range d.clients {
		c.Must(`{ viewer { profile { signedInWith } serviceHistory { nodes { eventId } } unreadCount } }`, nil)
		d.reads++
	}
}

// wait answers how long it took until the locks were confirmed and everything that is due had been tried and put off.
func (d *day) wait() time.Duration {
	took := harness.Within(d.t, 60*time.Second, "everything has been tried", func() bool {
		return number(d.t, d.db, `select count(*) from event where status = 'IN_PROGRESS'`) == 0 &&
			number(d.t, d.db, `select count(*) from river_job, jsonb_array_elements(args->'records') r where kind = 'audit' and r->>'name' = 'UNREAD_NOTIF_COUNT_SUCCESS'`) == d.reads &&
			number(d.t, d.db, `select count(*) from river_job where state in ('running', 'retryable')
				or state <> 'completed' and (scheduled_at <= now() or not metadata ? 'snoozes')`) == 0
	})
	if parked := number(d.t, d.db, `select count(*) from river_job where state in ('cancelled', 'discarded')`); parked > 0 {
		d.t.Fatalf("%d jobs are parked", parked)
	}
	return took
}

// letTimePass makes two hours of what waits, after which River takes it up again.
func (d *day) letTimePass() {
	run(d.t, d.db, `update river_job set created_at = created_at - interval '2 hours', scheduled_at = now(), state = 'available' where state <> 'completed'`)
}

// wantMessages looks whether the mailbox holds what is due and nothing else.
func (d *day) wantMessages() {
	d.t.Helper()
	total := 0
	for _, p := range d.people {
		for _, m := range append(mailbox(d.t, d.s, p.Email), mailbox(d.t, d.s, p.Phone)...) {
			total++
			for lang, word := range requested {
				if (lang == p.PreferredLang) != strings.Contains(m.Content, word) {
					d.t.Errorf("a message to somebody who prefers %s: %s", p.PreferredLang, m.Content)
				}
			}
			for key, left := range d.due {
				event, channel, _ := strings.Cut(key, " ")
				if channel == m.Channel && strings.Contains(m.Content, event) {
					d.due[key] = left - 1
					d.wantTimeOf(event, m)
				}
			}
		}
	}
	for key, left := range d.due {
		if left != 0 {
			d.t.Errorf("%s: %d messages are missing (negative: too many)", key, left)
		}
	}
	if want := 2 * (d.writes[0] + d.writes[1] + 2*d.writes[2]); total != want || len(mailbox(d.t, d.s, "")) != want {
		d.t.Errorf("%d messages, %d in the mailbox, want %d", total, len(mailbox(d.t, d.s, "")), want)
	}
}

// wantTimeOf looks whether a message tells when the event changed, and not when the message went out.
func (d *day) wantTimeOf(event string, m mail) {
	d.t.Helper()
	times, err := d.db.Query(d.t.Context(), `select at from event_change where event_id = $1`, event)
	if err != nil {
		d.t.Fatal(err)
	}
	at, err := pgx.CollectRows(times, pgx.RowTo[time.Time])
	if err != nil {
		d.t.Fatal(err)
	}
	zone := time.FixedZone("", int((5*time.Hour + 30*time.Minute).Seconds()))
	told := func(lang string) bool {
		return slices.ContainsFunc(at, func(at time.Time) bool {
			return strings.Contains(m.Content, locale.Of(lang).Time(at.In(zone))+" (GMT+05:30)")
		})
	}
	if !slices.ContainsFunc(resident.Languages, told) {
		d.t.Errorf("a message without a time of its event, which changed at %v: %s", at, m.Content)
	}
}

// auditIDs are MOSIP's ids of the records that a day makes.
var auditIDs = map[string]string{
	"LOGIN_REQ_SUCCESS": "RES-SER-282", "GENERATE_VID_SUCCESS": "RES-SER-206", "REVOKE_VID_SUCCESS": "RES-SER-207",
	"REQ_AUTH_LOCK_UNLOCK_SUCCESS": "RES-SER-213", "AUTH_TYPE_CALL_BACK_SUCCESS": "RES-SER-323",
	"REQ_AUTH_LOCK_STATUS_SUCCESS": "RES-SER-183", "GET_PROFILE_SUCCESS": "RES-SER-314",
	"GET_SERVICE_HISTORY_SUCCESS": "RES-SER-303", "UNREAD_NOTIF_COUNT_SUCCESS": "RES-SER-306",
}

// record is what tells a record from others.
type record struct{ id, at, user, about string }

// records answers those that wait, as they were made.
func (d *day) records() map[record]int {
	d.t.Helper()
	rows, err := d.db.Query(d.t.Context(), `select r->>'name', (r->>'at')::timestamptz, r->>'user', coalesce(r->>'reference', '')
		from river_job, jsonb_array_elements(args->'records') r where kind = 'audit'`)
	if err != nil {
		d.t.Fatal(err)
	}
	found := map[record]int{}
	var name, user, about string
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&name, &at, &user, &about}, func() error {
		found[record{auditIDs[name], at.UTC().Format("2006-01-02T15:04:05.000Z"), user, about}]++
		return nil
	}); err != nil {
		d.t.Fatal(err)
	}
	return found
}

// wantRecords looks whether the audit manager holds what was made before, as it was, and a record of each message.
func (d *day) wantRecords(before map[record]int, gone time.Time) {
	d.t.Helper()
	var written []map[string]string
	control(d.t, d.s, http.MethodGet, "/sandbox/audits", nil, &written)
	got, count := map[record]int{}, map[string]int{}
	for _, w := range written {
		count[w["eventId"]]++
		about := ""
		if _, after, ok := strings.Cut(w["description"], " ("); ok {
			about = strings.TrimSuffix(after, ")")
		}
		made := w["actionTimeStamp"] < gone.Format("2006-01-02T15:04:05.000Z")
		if made {
			got[record{w["eventId"], w["actionTimeStamp"], w["sessionUserId"], about}]++
		}
		if made == (w["eventId"] == "RES-SER-208") {
			d.t.Errorf("%s has the time %s; the services came back at %s", w["eventId"], w["actionTimeStamp"], gone)
		}
		d.wantNobody(w)
	}
	if !maps.Equal(got, before) {
		d.t.Errorf("%d different records of before the return, want %d, each as it was made", len(got), len(before))
	}
	generated, revoked, locked := d.writes[0], d.writes[1], d.writes[2]
	want := map[string]int{
		"RES-SER-282": len(d.people), "RES-SER-206": generated, "RES-SER-207": revoked, "RES-SER-213": locked, "RES-SER-323": locked,
		"RES-SER-183": locked, "RES-SER-314": d.reads, "RES-SER-303": d.reads, "RES-SER-306": d.reads,
		"RES-SER-208": 2 * (generated + revoked + 2*locked),
	}
	if !maps.Equal(count, want) {
		d.t.Errorf("records: %v, want %v", count, want)
	}
}

// wantNobody looks whether a record keeps to itself who the resident is.
func (d *day) wantNobody(written map[string]string) {
	d.t.Helper()
	text := fmt.Sprint(written)
	for _, p := range d.people {
		for _, name := range p.Names {
			if strings.Contains(text, name) || strings.Contains(text, p.UIN) {
				d.t.Errorf("a record tells who the resident is: %s", written["eventId"])
			}
		}
	}
	if _, err := hex.DecodeString(written["sessionUserId"]); err != nil {
		d.t.Errorf("sessionUserId is %q, want a hash", written["sessionUserId"])
	}
}
