package history

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// inFrench asks in French for as long as the test runs.
type inFrench struct{ next http.RoundTripper }

func (f inFrench) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept-Language", "fr")
	return f.next.RoundTrip(r)
}

func TestAnEventTellsItsStages(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.empty(t)
	id := p.lock(t, "stages-1", true)
	p.pin(id, true) // no stage
	const query = `query ($id: EventID!) { viewer { event(eventId: $id) { summary description
		timeline { name label status source at } } } }`
	e := harness.At(p.Must(query, map[string]any{"id": id}), "viewer", "event")
	for i, want := range []map[string]string{
		{"name": "NEW", "label": "In progress", "status": "IN_PROGRESS", "source": "RESIDENT"},
		{"name": "COMPLETED", "label": "Successful", "status": "SUCCESS", "source": "ID_AUTHENTICATION"},
	} {
		for field, value := range want {
			if got := harness.At(e, "timeline", i, field); got != value {
				t.Errorf("stage %d: %s is %v, want %s", i, field, got, value)
			}
		}
	}
	if n := len(harness.At(e, "timeline").([]any)); n != 2 {
		t.Errorf("%d stages, want 2", n)
	}
	if text := fmt.Sprint(harness.At(e, "description")); text != "demographic data: locked, face: locked" {
		t.Errorf("the description is %q", text)
	}
	p.HTTP.Transport = inFrench{p.HTTP.Transport}
	french := harness.At(p.Must(query, map[string]any{"id": id}), "viewer", "event")
	for _, path := range [][]any{{"timeline", 0, "label"}, {"timeline", 1, "label"}, {"description"}} {
		if harness.At(french, path...) == harness.At(e, path...) || harness.At(french, path...) == "" {
			t.Errorf("%v is %v in French too", path, harness.At(french, path...))
		}
	}
}

func TestWhatIsUnderWayIsNotToldAsAFailure(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 11)
	types := []string{"SHARE_CRED_WITH_PARTNER", "DOWNLOAD_PERSONALIZED_CARD", "ORDER_PHYSICAL_CARD", "GET_MY_ID", "UPDATE_MY_UIN",
		"GENERATE_VID", "REVOKE_VID", "AUTH_TYPE_LOCK_UNLOCK", "VID_CARD_DOWNLOAD", "VALIDATE_OTP", "AUTHENTICATION_REQUEST"}
	texts := map[string]map[string]string{}
	for _, status := range []string{"IN_PROGRESS", "FAILED", "SUCCESS", "CANCELED"} {
		for i, kind := range types {
			p.exec(t, `update event set request_type = $3, status = $4, status_detail = 'NEW', attributes = '{PHONE}', login_mode = 'OTP-AUTH, FACE-AUTH'
				where token_id = $1 and event_id = $2`, p.tokenID, fmt.Sprint(1_000_000_000_000_000+i), kind, status)
		}
		list := harness.At(p.Must(`{ viewer { serviceHistory { nodes { requestType description summary loginModeLabel } } } }`, nil), "viewer", "serviceHistory", "nodes")
		texts[status] = map[string]string{}
		for _, e := range list.([]any) {
			kind := harness.At(e, "requestType").(string)
			texts[status][kind] = harness.At(e, "description").(string)
			for _, field := range []string{"description", "summary"} {
				if text := harness.At(e, field).(string); text == "" || strings.Contains(text, "$") {
					t.Errorf("%s, %s: the %s is %q", kind, status, field, text)
				}
			}
			if label := harness.At(e, "loginModeLabel"); label != "One-time password, Face" {
				t.Errorf("%s: the login mode is %v", kind, label)
			}
		}
	}
	for _, kind := range types {
		if kind != "AUTHENTICATION_REQUEST" && texts["IN_PROGRESS"][kind] == texts["FAILED"][kind] {
			t.Errorf("%s under way is told as its failure: %q", kind, texts["FAILED"][kind])
		}
	}
	if got := texts["SUCCESS"]["AUTHENTICATION_REQUEST"]; got != "One-time password: accepted, Face: accepted" {
		t.Errorf("an authentication by two ways is %q", got)
	}
	if got := texts["SUCCESS"]["VALIDATE_OTP"]; got != "You verified your phone" {
		t.Errorf("a verification is %q", got)
	}
}
