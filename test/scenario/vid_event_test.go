package scenario

import (
	"fmt"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const eventVids = `{ viewer { serviceHistory(first: 20, filter: {serviceTypes: [ID_MANAGEMENT_REQUEST]}) {
  nodes { eventId requestType vid { id type status } } } } }`

// vidOf answers the VID of an event in the history, nil for none.
func vidOf(t *testing.T, c *harness.Client, eventID any) any {
	t.Helper()
	for _, e := range harness.At(c.Must(eventVids, nil), "viewer", "serviceHistory", "nodes").([]any) {
		if harness.At(e, "eventId") == eventID {
			return harness.At(e, "vid", "id")
		}
	}
	t.Fatalf("no event %v", eventID)
	return nil
}

// F26, F27: from the event of a VID to the VID, as long as it lives.
func TestAnEventLeadsToTheVidThatItMade(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	made := generate(c, "TEMPORARY", "event-vid-1")
	id, event := harness.At(made, "vid", "id"), harness.At(made, "event", "eventId")
	if got := vidOf(t, c, event); got != id {
		t.Errorf("the event leads to %v, want %v", got, id)
	}
	gone := revoke(c, id, "event-vid-2")
	if got := harness.At(gone, "event", "vid"); got != nil {
		t.Errorf("the event of the revocation leads to what is gone: %v", got)
	}
	if got := vidOf(t, c, event); got != nil {
		t.Errorf("the event leads to what is gone: %v", got)
	}
	lock(c, "event-vid-3", "DEMO", true)
	if answer := c.Do(`{ viewer { serviceHistory(first: 20) { nodes { requestType vid { id } } } } }`, nil); len(answer.Errors) > 0 {
		t.Errorf("events of other kinds: %+v", answer.Errors)
	}
}

// F26: a page of events about VIDs is one call, and none when there is no such event.
func TestTheVidsOfAPageOfEventsAreOneCall(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	c.Must(eventVids, nil)
	exactly(t, s, "no event about a VID", "/idrepository/v1/vid", map[string]int{})
	for i := range 3 {
		if made := generate(c, "ONE_TIME_USE", fmt.Sprintf("page-vid-%d", i)); code(made) != nil {
			t.Fatalf("generated: %v", made)
		}
	}
	s.ResetCalls(t)
	c.Must(eventVids, nil)
	exactly(t, s, "three events about VIDs", "/idrepository/v1/vid", map[string]int{"GET /idrepository/v1/vid/uin/{UIN}": 1})
}

// F26: the pace of a machine is refused, however fast the clicks come, and a click that was answered stays answered.
func TestAResidentGeneratesTenVidsInHalfAnHourAtMost(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	answers := make([]map[string]any, 10)
	for i := range answers { // some are beyond the policy: asking counts, not getting
		answers[i] = generate(c, "TEMPORARY", fmt.Sprintf("pace-%04d", i))
		generate(c, "TEMPORARY", fmt.Sprintf("pace-%04d", i)) // a repeat does not count
		if code(answers[i]) == "RATE_LIMITED" {
			t.Fatalf("request %d is refused: %v", i+1, answers[i])
		}
	}
	for range 2 {
		refused := harness.At(c.Must(`mutation { generateVid(input: {type: ONE_TIME_USE, idempotencyKey: "pace-over"}) {
		  event { eventId } errors { code retryAfterSeconds } } }`, nil), "generateVid").(map[string]any)
		if wait, _ := harness.At(refused, "errors", 0, "retryAfterSeconds").(float64); code(refused) != "RATE_LIMITED" || refused["event"] != nil || wait < 1 || wait > 1800 {
			t.Errorf("the eleventh: %v", refused)
		}
	}
	if again := generate(c, "TEMPORARY", "pace-0000"); harness.At(again, "event", "eventId") != harness.At(answers[0], "event", "eventId") {
		t.Errorf("the first again: %v", again)
	}
}
