package scenario

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/test/harness"
)

var authTypes = []string{"OTP_EMAIL", "OTP_PHONE", "DEMO", "BIO_FINGER", "BIO_IRIS", "BIO_FACE"}

const locksQuery = `{ viewer { authLocks { type label locked pending unlockUntil confirmedAt } } }`

func locksOf(c *harness.Client) any {
	return harness.At(c.Must(locksQuery, nil), "viewer", "authLocks")
}

// F29: the switches have names that the resident reads, also while nobody tells them.
func TestTheWaysOfAuthenticatingAreNamedInTheResidentsLanguage(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	labels := func(c *harness.Client) (all []any) {
		for _, l := range locksOf(c).([]any) {
			all = append(all, harness.At(l, "label"))
		}
		return all
	}
	english, french := s.SignIn(t, r.UIN), s.SignIn(t, r.UIN)
	french.HTTP.Transport = speaking{french.HTTP.Transport, "fr"}
	eng, fra := labels(english), labels(french)
	for i := range authTypes {
		if eng[i] == "" || fra[i] == "" || eng[i] == authTypes[i] || fra[i] == authTypes[i] {
			t.Errorf("%s is called %q and %q", authTypes[i], eng[i], fra[i])
		}
	}
	if cmp.Equal(eng, fra) {
		t.Errorf("in both languages they are called %v", eng)
	}
	s.Faults(t, map[string]any{"masterdata": map[string]any{"down": true}})
	if diff := cmp.Diff(fra, labels(french)); diff != "" {
		t.Errorf("without Master Data: %s", diff)
	}
}

// F30: everything is locked by one request, which is one event and one message to ID Repository.
func TestAResidentLocksEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"holdAcks": true})
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	changes := make([]any, len(authTypes))
	for i, authType := range authTypes {
		changes[i] = map[string]any{"type": authType, "locked": true}
	}
	s.ResetCalls(t)
	done := harness.At(c.Must(lockMutation, map[string]any{"key": "lock-everything", "changes": changes}), "setAuthLocks").(map[string]any)
	if code(done) != nil || harness.At(done, "event", "status") != "IN_PROGRESS" {
		t.Fatalf("asked for: %v", done)
	}
	for _, authType := range authTypes {
		if l := lockOf(done["authLocks"], authType); l["locked"] != false || l["pending"] != true {
			t.Errorf("asked for: %v", l)
		}
	}
	// What was confirmed before, the request, and how it stands now.
	exactly(t, s, "setting six locks", "/idrepository/v1/identity/authtypes", map[string]int{
		"GET /idrepository/v1/identity/authtypes/status/{ID}": 2, "POST /idrepository/v1/identity/authtypes/status": 1})
	s.Settings(t, map[string]any{"holdAcks": false})
	harness.Eventually(t, "all six are confirmed", func() bool {
		locked := 0
		for _, authType := range authTypes {
			if l := lockOf(locksOf(c), authType); l["locked"] == true && l["pending"] == nil && l["confirmedAt"] != nil {
				locked++
			}
		}
		return locked == len(authTypes)
	})
	history := harness.At(c.Must(`{ viewer { serviceHistory(first: 20) { nodes { requestType attributes } } } }`, nil), "viewer", "serviceHistory", "nodes").([]any)
	events := 0
	for _, e := range history {
		if harness.At(e, "requestType") == "AUTH_TYPE_LOCK_UNLOCK" {
			events++
		}
	}
	if events != 1 {
		t.Errorf("%d events", events)
	}
}

// F29: the page is one call.
func TestTheLockPageAsksIDRepositoryOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	c.Must(locksQuery, nil)
	exactly(t, s, "the lock page", "/", map[string]int{"GET /idrepository/v1/identity/authtypes/status/{ID}": 1})
}

// F29, F30: MOSIP says "success" whatever ID Repository answers. Here an error is an error: nothing is locked, the event
// says so, and a repeat too.
func TestAnErrorOfIDRepositoryIsNoSuccess(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	before := locksOf(c)
	for _, test := range []struct{ refusal, message, code, status string }{
		{"IDR-IDC-002", "Invalid Input Parameter - authTypes", "INVALID", "FAILED"},
		{"IDR-VID-001", "VID is REVOKED", "CONFLICT", "FAILED"},
		// It may have been written all the same: that is found out by reading.
		{"IDR-IDC-006", "Error occured while performing DB operations", "OUTCOME_UNKNOWN", "IN_PROGRESS"},
	} {
		name := test.refusal
		s.Faults(t, map[string]any{"identity": map[string]any{"refuse": map[string]any{"method": "POST", "errorCode": test.refusal, "message": test.message}}})
		refused := harness.At(lock(c, "refused "+name, "DEMO", true), "setAuthLocks").(map[string]any)
		s.Faults(t, map[string]any{})
		if code(refused) != test.code || harness.At(refused, "event", "status") != test.status {
			t.Errorf("%s: %v", name, refused)
		}
		if test.status != "FAILED" {
			continue
		}
		if diff := cmp.Diff(before, locksOf(c)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		again := harness.At(lock(c, "refused "+name, "DEMO", true), "setAuthLocks").(map[string]any)
		if diff := cmp.Diff([]any{refused["event"], refused["errors"]}, []any{again["event"], again["errors"]}); diff != "" {
			t.Errorf("%s, repeated: %s", name, diff)
		}
	}
	// While it cannot be read, nothing is begun.
	s.Faults(t, map[string]any{"identity": map[string]any{"refuse": map[string]any{"errorCode": "IDR-IDC-004", "message": "Unknown error occurred"}}})
	refused := harness.At(c.Do(lockMutation, map[string]any{"key": "unreadable", "changes": []any{map[string]any{"type": "DEMO", "locked": true}}}).Data, "setAuthLocks").(map[string]any)
	if code(refused) == nil || refused["event"] != nil {
		t.Errorf("an unreadable state: %v", refused)
	}
	if got := c.Do(locksQuery, nil).Code("viewer.authLocks"); got == "" {
		t.Error("the page shows what could not be read")
	}
}

// F30: RES-SER-427 and what else cannot be asked for.
func TestALockRequestThatMakesNoSenseNamesItsInput(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	change := func(authType string, locked bool, seconds any) map[string]any {
		return map[string]any{"type": authType, "locked": locked, "unlockForSeconds": seconds}
	}
	for name, test := range map[string]struct {
		changes []any
		path    []any
	}{
		"nothing":            {[]any{}, []any{"input", "changes"}},
		"a lock for a while": {[]any{change("DEMO", true, 60)}, []any{"input", "changes", "0", "unlockForSeconds"}},
		"no time at all":     {[]any{change("DEMO", false, 0)}, []any{"input", "changes", "0", "unlockForSeconds"}},
		"more than a day":    {[]any{change("DEMO", false, 86401)}, []any{"input", "changes", "0", "unlockForSeconds"}},
		"one way twice":      {[]any{change("DEMO", true, nil), change("DEMO", false, nil)}, []any{"input", "changes", "1", "type"}},
	} {
		refused := harness.At(c.Must(lockMutation, map[string]any{"key": "senseless", "changes": test.changes}), "setAuthLocks").(map[string]any)
		if code(refused) != "INVALID" || refused["event"] != nil || !cmp.Equal(harness.At(refused, "errors", 0, "path"), any(test.path)) {
			t.Errorf("%s: %v", name, refused)
		}
	}
}
