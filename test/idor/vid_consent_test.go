package idor

import (
	"fmt"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestNoVidIsReadFromACardWithoutTheConsent leaves Manage-VID unticked: a card that shows the VID would tell it, whoever
// had it made.
func TestNoVidIsReadFromACardWithoutTheConsent(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	r := residents(t, s, 1)[0]
	const card = `mutation ($key: String!) { createPersonalizedCard(input: {idempotencyKey: $key, lang: "eng",
	  attributes: [{name: "fullName"}, {name: "gender"}, {name: "perpetualVID"}]}) { event { eventId } card { file { url } } errors { code path } } }`
	whole, without := s.SignIn(t, r.UIN), signInWithout(t, s, r, ticks["MANAGE_VID"])
	refused := harness.At(without.Must(card, map[string]any{"key": "without consent"}), "createPersonalizedCard")
	if harness.At(refused, "errors", 0, "code") != "CONSENT_REQUIRED" || fmt.Sprint(harness.At(refused, "errors", 0, "path")) != "[input attributes 2 name]" ||
		harness.At(refused, "event") != nil || harness.At(refused, "card") != nil {
		t.Errorf("a card with the VID is made: %v", refused)
	}
	made := harness.At(whole.Must(card, map[string]any{"key": "with consent"}), "createPersonalizedCard")
	if harness.At(made, "card", "file", "url") == nil {
		t.Fatalf("a card with the VID is refused: %v", made)
	}
	const find = `query ($event: EventID!) { viewer { event(eventId: $event) { card { state file { url } } } } }`
	found := without.Must(find, map[string]any{"event": harness.At(made, "event", "eventId")})
	if harness.At(found, "viewer", "event", "card", "state") != "DOWNLOADED" || harness.At(found, "viewer", "event", "card", "file") != nil {
		t.Errorf("a card that was made elsewhere can be fetched: %v", found)
	}
}
