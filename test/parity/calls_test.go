package parity

import (
	"strconv"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// operations are those of docs/calls.md; %s is the EID of an event at a partner.
var operations = map[string]string{
	"home": `{ viewer { profile { fullName { value } email { masked } } vids { nodes { masked } } authLocks { type locked } vidPolicies { type }
	  serviceHistory(first: 20) { nodes { eventId summary partner { name } } } unreadCount changeCursor } }`,
	"service history": `{ viewer { serviceHistory(first: 100) { nodes { eventId summary description partner { name } timeline { label } } } } }`,
	"one event":       `{ viewer { event(eventId: "%s") { eventId summary description partner { name logoUrl } timeline { label } } } }`,
	"unread count":    `{ viewer { unreadCount } }`,
	"VIDs":            `{ viewer { vids(first: 100) { nodes { masked type expiresAt transactionsLeft } } } }`,
	"locks":           `{ viewer { authLocks { type locked pending } } }`,
	"profile":         `{ viewer { profile { fullName { lang value } email { masked } phone { masked } lastLogin } } }`,
	"VID policy":      `{ viewer { vidPolicies { type instancesAllowed } } }`,
	"partners":        `{ partners(type: AUTH_PARTNER, first: 100) { nodes { name } } }`,
}

// told answers the two figures of each row of docs/calls.md.
func told(t *testing.T) map[string][2]int {
	t.Helper()
	found := map[string][2]int{}
	for _, cells := range cellsOf(t, "calls.md") {
		if len(cells) != 7 {
			continue
		}
		first, err1 := strconv.Atoi(cells[3])
		later, err2 := strconv.Atoi(cells[4])
		if err1 == nil && err2 == nil {
			found[cells[1]] = [2]int{first, later}
		}
	}
	return found
}

func TestEachOperationMakesTheCallsThatAreTold(t *testing.T) {
	want := told(t)
	for name := range want {
		if operations[name] == "" {
			t.Errorf("docs/calls.md tells of %q, which is not tried", name)
		}
	}
	for name, query := range operations {
		t.Run(name, func(t *testing.T) {
			figures, known := want[name]
			if !known {
				t.Fatal("docs/calls.md does not tell of it")
			}
			t.Parallel()
			s, c, event := begin(t)
			query = strings.Replace(query, "%s", event, 1)
			for i, when := range []string{"first", "later"} {
				s.ResetCalls(t)
				c.Must(query, nil)
				made := 0
				calls := s.Calls(t)
				for service, n := range calls {
					if service != "audit" && service != "hub" { // written afterwards, and asked again on its own
						made += n
					}
				}
				if made != figures[i] {
					t.Errorf("%s: %d calls, want %d: %v", when, made, figures[i], calls)
				}
			}
		})
	}
}

// begin answers a server just started, with a resident whose history holds an authentication at a partner; nobody has
// asked for partners yet.
func begin(t *testing.T) (*harness.Server, *harness.Client, string) {
	t.Helper()
	s := harness.Start(t)
	for _, r := range s.Residents(t) {
		if r.Status != "ACTIVATED" || r.Email == "" || r.Phone == "" || len(r.Vids) < 2 {
			continue
		}
		c := s.SignIn(t, r.UIN)
		s.Authenticate(t, r.UIN, "mpartner-default-health")
		var event string
		harness.Eventually(t, "the authentication is in the history", func() bool {
			event, _ = harness.At(c.Must(`{ viewer { accessLog(first: 1) { nodes { eventId } } } }`, nil), "viewer", "accessLog", "nodes", 0, "eventId").(string)
			return event != ""
		})
		c.Settled()
		return s, c, event
	}
	t.Fatal("nobody has it all")
	return nil, nil, ""
}
