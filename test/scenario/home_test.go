package scenario

import (
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestAResidentSeesTheirHomeInOneQuery(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	data := c.Must(homeQuery, nil)

	if got := harness.At(data, "viewer", "profile", "fullName", 0, "value"); got != r.Names["eng"] {
		t.Errorf("fullName is %v, want the English one of the sandbox", got)
	}
	email, _ := harness.At(data, "viewer", "profile", "email", "masked").(string)
	if !strings.Contains(email, "X") || email == r.Email || !strings.HasSuffix(email, r.Email[strings.Index(r.Email, "@"):]) {
		t.Errorf("the e-mail is not masked as it should be: %q", email)
	}
	phone, _ := harness.At(data, "viewer", "profile", "phone", "masked").(string)
	if want := "XXXXXX" + r.Phone[6:]; phone != want {
		t.Errorf("phone is %q, want %q", phone, want)
	}
	if nodes, _ := harness.At(data, "viewer", "vids", "nodes").([]any); len(nodes) != len(r.Vids) {
		t.Errorf("%d VIDs, want %d", len(nodes), len(r.Vids))
	}
	if locks, _ := harness.At(data, "viewer", "authLocks").([]any); len(locks) != 6 {
		t.Errorf("%d ways of authenticating, want all 6", len(locks))
	}
	if policies, _ := harness.At(data, "viewer", "vidPolicies").([]any); len(policies) != 3 {
		t.Errorf("%d VID policies, want 3", len(policies))
	}
	photo, _ := harness.At(data, "viewer", "profile", "photo", "url").(string)
	resp, err := c.HTTP.Get(s.URL + photo)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the photo's link answers %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	other := s.SignIn(t, s.Residents(t)[3].UIN)
	resp, err = other.HTTP.Get(s.URL + photo)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("another resident gets %d for the photo, want 404", resp.StatusCode)
	}
}

func TestHomeAsksEachUpstreamAtMostOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	s.Authenticate(t, r.UIN, "mpartner-default-health")
	c := s.SignIn(t, r.UIN)
	harness.Eventually(t, "the authentication is in the history", func() bool {
		return harness.At(c.Must(`{ viewer { serviceHistory(first: 1) { nodes { eventId } } } }`, nil), "viewer", "serviceHistory", "nodes", 0) != nil
	})
	s.ResetCalls(t)
	c.Must(homeQuery, nil)
	asked(t, s, "first", map[string]int{"identity": 2, "vid": 1, "partner": 1})
	s.ResetCalls(t)
	c.Must(homeQuery, nil)
	asked(t, s, "later", map[string]int{"identity": 2, "vid": 1})
}

// asked fails when a service was asked more often than allowed; those not named must not be asked at all.
func asked(t *testing.T, s *harness.Server, which string, allowed map[string]int) {
	t.Helper()
	for service, n := range s.Calls(t) {
		if service == "audit" || service == "hub" { // written afterwards, and asked again on its own
			continue
		}
		if n > allowed[service] {
			t.Errorf("%s: %d calls of %s, at most %d are allowed", which, n, service, allowed[service])
		}
	}
}

func TestWithAnUpstreamDownTheRestOfHomeAnswers(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	for _, test := range []struct {
		service string
		dark    []string
	}{
		{"identity", []string{"viewer.profile", "viewer.authLocks"}},
		{"vid", []string{"viewer.vids"}},
		{"partner", nil}, {"masterdata", nil}, {"configserver", nil}, {"keymanager", nil}, {"hub", nil},
		{"keycloak", nil}, {"esignet", nil}, {"audit", nil}, {"notification", nil}, {"ida", nil},
	} {
		t.Run(test.service, func(t *testing.T) {
			s.Faults(t, map[string]any{test.service: map[string]any{"down": true}})
			defer s.Faults(t, map[string]any{})
			answer := c.Do(homeQuery, nil)
			if harness.At(answer.Data, "viewer", "changeCursor") == nil {
				t.Fatalf("nothing of the home is answered: %+v", answer.Errors)
			}
			for _, path := range test.dark {
				if code := answer.Code(path); code != "UPSTREAM_UNAVAILABLE" {
					t.Errorf("%s says %q, want UPSTREAM_UNAVAILABLE", path, code)
				}
			}
			if len(answer.Errors) != len(test.dark) {
				t.Errorf("%d fields fail, want %d: %+v", len(answer.Errors), len(test.dark), answer.Errors)
			}
		})
		harness.Eventually(t, test.service+" is well again", func() bool { return len(c.Do(homeQuery, nil).Errors) == 0 })
	}
}
