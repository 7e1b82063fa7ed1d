package reconcile

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestWhatResidentsLookAtIsAudited has a resident look at everything once, in vain at some of it, and without AUDIT_READS
// once more.
func TestWhatResidentsLookAtIsAudited(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]map[string]int{
		"AUDIT_READS=false": {},
		"AUDIT_READS=true": {
			"GET_PROFILE_SUCCESS": 2, "GET_VIDS_SUCCESS": 2, "GET_VIDS_EXCEPTION": 1, "GET_VID_POLICY_SUCCESS": 1,
			"REQ_AUTH_LOCK_STATUS_SUCCESS": 1, "GET_SERVICE_HISTORY_SUCCESS": 1, "CHECK_AID_STATUS_REQUEST_SUCCESS": 2,
			"CHECK_AID_STATUS_REQUEST_FAILED": 1, "GET_NOTIFICATION_SUCCESS": 1, "UNREAD_NOTIF_COUNT_SUCCESS": 1,
			"GET_PARTNERS_BY_PARTNER_TYPE_SUCCESS": 1,
		},
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t, setting)
			db := database(t, s)
			p := people(t, s)[0]
			c := s.SignIn(t, p.UIN)
			event := eventOf(c.Must(generateMutation, map[string]any{"type": "ONE_TIME_USE", "key": "reads-vid-1"}), "generateVid")
			lookAtEverything(t, s, c, event)
			c.Must(`mutation { signOut(input: {}) { signOutUrl } }`, nil)
			total := 0
			for _, n := range want {
				total += n
			}
			const reads = `select count(*) from river_job, jsonb_array_elements(args->'records') r where kind = 'audit' and
				(r->>'name' like 'GET_%' or r->>'name' like 'REQ_AUTH_LOCK_STATUS_%' or r->>'name' like 'CHECK_%' or r->>'name' like 'UNREAD_%')`
			harness.Eventually(t, "all is written", func() bool {
				return number(t, db, reads) >= total && number(t, db, `select count(*) from river_job where kind = 'audit' and state <> 'completed'`) == 0 &&
					number(t, db, `select count(*) from river_job, jsonb_array_elements(args->'records') r where r->>'name' = 'LOGOUT_REQ_SUCCESS'`) == 1
			})
			if got := readsOf(t, s, event); !maps.Equal(got, want) {
				t.Errorf("records: %v, want %v", got, want)
			}
		})
	}
}

func lookAtEverything(t *testing.T, s *harness.Server, c *harness.Client, event string) {
	t.Helper()
	seen := c.Must(`query($event: EventID!) { viewer { profile { photo { url } } vids { nodes { id } } vidPolicies { type }
		authLocks { type } serviceHistory { nodes { eventId } } notifications { nodes { eventId } } unreadCount event(eventId: $event) { id } }
		partners(type: AUTH_PARTNER) { nodes { id } } }`, map[string]any{"event": event})
	for _, id := range []any{harness.At(seen, "viewer", "event", "id"), harness.At(seen, "viewer", "vids", "nodes", 0, "id")} {
		c.Must(`query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id})
	}
	photo, _ := harness.At(seen, "viewer", "profile", "photo", "url").(string)
	resp, err := c.HTTP.Get(s.URL + photo)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the photo is answered with %d", resp.StatusCode)
	}
	c.Do(`{ viewer { event(eventId: "1000000000000000") { id } } }`, nil)
	s.Faults(t, map[string]any{"vid": map[string]any{"status": 500}})
	c.Do(`{ viewer { vids { nodes { id } } } }`, nil)
	s.Faults(t, map[string]any{})
}

// readsOf counts the records of reads that the audit manager holds, by MOSIP's names. Those of an event name it.
func readsOf(t *testing.T, s *harness.Server, event string) map[string]int {
	t.Helper()
	names := map[string]string{
		"RES-SER-314": "GET_PROFILE_SUCCESS", "RES-SER-192": "GET_VIDS_SUCCESS", "RES-SER-193": "GET_VIDS_EXCEPTION",
		"RES-SER-225": "GET_VID_POLICY_SUCCESS", "RES-SER-183": "REQ_AUTH_LOCK_STATUS_SUCCESS", "RES-SER-303": "GET_SERVICE_HISTORY_SUCCESS",
		"RES-SER-233": "CHECK_AID_STATUS_REQUEST_SUCCESS", "RES-SER-234": "CHECK_AID_STATUS_REQUEST_FAILED",
		"RES-SER-309": "GET_NOTIFICATION_SUCCESS", "RES-SER-306": "UNREAD_NOTIF_COUNT_SUCCESS", "RES-SER-187": "GET_PARTNERS_BY_PARTNER_TYPE_SUCCESS",
	}
	var written []map[string]string
	control(t, s, http.MethodGet, "/sandbox/audits", nil, &written)
	got := map[string]int{}
	for _, w := range written {
		name, read := names[w["eventId"]]
		if !read {
			continue
		}
		got[name]++
		if named := strings.Contains(w["description"], event); named != (name == "CHECK_AID_STATUS_REQUEST_SUCCESS") {
			t.Errorf("%s says %q", name, w["description"])
		}
		if w["idType"] != "UIN" || len(w["id"]) != 64 {
			t.Errorf("%s is about %s %s", name, w["idType"], w["id"])
		}
	}
	return got
}
