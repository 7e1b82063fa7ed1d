package history

import (
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestNewsOnTheWayRingTheBellWhereTheResidentWaitsForThem(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.lives(t, 3)
	for id, kind := range map[string]string{"1000000000000000": "ORDER_PHYSICAL_CARD", "1000000000000001": "SHARE_CRED_WITH_PARTNER"} {
		p.exec(t, `update event set request_type = $3, status = 'IN_PROGRESS', status_detail = 'NEW', async = true, read = true,
			credential_request_id = $2, check_at = now() + interval '1 day' where token_id = $1 and event_id = $2`, p.tokenID, id, kind)
		p.server.Publish(t, "CREDENTIAL_STATUS_UPDATE", map[string]any{"topic": "CREDENTIAL_STATUS_UPDATE",
			"event": map[string]any{"requestId": id, "status": "ISSUED"}}, 1)
	}
	const look = `{ viewer { card: event(eventId: "1000000000000000") { read statusDetail timeline { name source } }
		share: event(eventId: "1000000000000001") { read statusDetail } unreadCount } }`
	harness.Eventually(t, "both are issued", func() bool {
		viewer := harness.At(p.Must(look, nil), "viewer")
		return harness.At(viewer, "card", "statusDetail") == "ISSUED" && harness.At(viewer, "share", "statusDetail") == "ISSUED"
	})
	viewer := harness.At(p.Must(look, nil), "viewer")
	if harness.At(viewer, "card", "read") != false || harness.At(viewer, "share", "read") != true || harness.At(viewer, "unreadCount") != 1.0 {
		t.Errorf("a card that is issued is news, a share is not yet: %v", viewer)
	}
	if source := harness.At(viewer, "card", "timeline", 1, "source"); source != "CREDENTIAL_SERVICE" {
		t.Errorf("the second stage is from %v: %v", source, harness.At(viewer, "card", "timeline"))
	}
}

func TestACursorFromBeforeWhatWasRemovedHasExpired(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.empty(t)
	start := p.Settled()
	first := p.lock(t, "first-lock", true)
	middle := p.Settled()
	p.lock(t, "second-lock", false)
	for _, table := range []string{"event_change", "auth_lock", "event"} { // as the keeper of the history does
		p.exec(t, `delete from `+table+` where token_id = $1 and event_id = $2`, p.tokenID, first)
	}
	const changes = `subscription ($after: Cursor) { eventChanged(after: $after) { event { status } } }`
	frame := p.Events(changes, map[string]any{"after": start}).Next()
	if harness.At(frame.Errors[0], "extensions", "code") != "EXPIRED" {
		t.Errorf("a cursor from before is answered with %v", frame)
	}
	if frame := p.Events(changes, map[string]any{"after": middle}).Next(); len(frame.Errors) > 0 {
		t.Errorf("a cursor from after is answered with %v", frame.Errors)
	}
}
