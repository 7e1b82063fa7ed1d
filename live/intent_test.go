package live_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/live"
)

func TestIntent(t *testing.T) {
	r := received(t)
	ask := func(mode, topic string) string {
		return url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {"a<b>&c=d"}, "hub.lease_seconds": {"600"}}.Encode()
	}
	for _, c := range []struct {
		name, callback, query string
		status                int
	}{
		{"wrong topic", r.ack.CallbackID, ask("subscribe", cardTopic), 404},
		{"no topic", r.ack.CallbackID, "hub.mode=subscribe&hub.challenge=x", 404},
		{"unsubscribe unasked", r.ack.CallbackID, ask("unsubscribe", ackTopic), 404},
		{"unknown mode", r.ack.CallbackID, ask("hub-error", ackTopic), 404},
		{"no mode", r.ack.CallbackID, "hub.topic=" + ackTopic + "&hub.challenge=x", 404},
		{"no challenge", r.ack.CallbackID, "hub.mode=subscribe&hub.topic=" + ackTopic, 404},
		{"unknown callback", strings.Repeat("b", 32), ask("subscribe", ackTopic), 404},
		{"denied for another topic", r.ack.CallbackID, "hub.mode=denied&hub.topic=" + cardTopic, 404},
		{"nothing", r.ack.CallbackID, "", 404},
		{"asked for", r.ack.CallbackID, ask("subscribe", ackTopic), 200},
		{"repeated by the hub", r.ack.CallbackID, ask("subscribe", ackTopic), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := r.answer(http.MethodGet, c.callback, c.query, "")
			if got.Code != c.status {
				t.Fatalf("status %d, not %d", got.Code, c.status)
			}
			if c.status != 200 {
				if strings.Contains(got.Body.String(), "a<b>") {
					t.Error("the challenge went out")
				}
				return
			}
			if got.Body.String() != "a<b>&c=d" || got.Header().Get("Content-Type") != "text/plain" {
				t.Errorf("answered %q as %q", got.Body, got.Header().Get("Content-Type"))
			}
		})
	}
	row, _ := r.rows.of(ackTopic)
	if row.State != live.Verified || row.LeaseUntil.Sub(row.VerifiedAt) != 10*time.Minute {
		t.Errorf("state %s, lease %v", row.State, row.LeaseUntil.Sub(row.VerifiedAt))
	}
	if card, _ := r.rows.of(cardTopic); card.State != live.Requested {
		t.Errorf("the other topic is %s", card.State)
	}
}

// MOSIP's hub does not encode what it puts into the query.
func TestIntentWithValuesAsTheyAre(t *testing.T) {
	r := received(t)
	challenge := "100%-sure?/:@"
	got := r.answer(http.MethodGet, r.ack.CallbackID, "hub.mode=subscribe&hub.topic="+ackTopic+"&hub.challenge="+challenge+"&hub.lease_seconds=x", "")
	if got.Code != 200 || got.Body.String() != challenge {
		t.Errorf("%d %q", got.Code, got.Body)
	}
	row, _ := r.rows.of(ackTopic)
	if row.LeaseUntil.Sub(row.VerifiedAt) != 24*time.Hour {
		t.Errorf("lease %v", row.LeaseUntil.Sub(row.VerifiedAt))
	}
}

func TestIntentLongAfterTheRequestIsRefused(t *testing.T) {
	r := received(t)
	row := r.ack
	row.RequestedAt = time.Now().Add(-11 * time.Minute)
	if err := r.rows.SaveSubscription(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	got := r.answer(http.MethodGet, row.CallbackID, "hub.mode=subscribe&hub.topic="+ackTopic+"&hub.challenge=x", "")
	if got.Code != 404 {
		t.Errorf("status %d", got.Code)
	}
}

func TestDenial(t *testing.T) {
	for reason, state := range map[string]string{
		"Subscriber has already registered with the Hub": live.Verified,
		"Subscriber is not authorized":                   live.Denied,
		"":                                               live.Denied,
	} {
		r := received(t)
		verify := "hub.mode=subscribe&hub.topic=" + ackTopic + "&hub.challenge=x&hub.lease_seconds=60"
		if got := r.answer(http.MethodGet, r.ack.CallbackID, verify, ""); got.Code != 200 {
			t.Fatalf("verification: %d", got.Code)
		}
		denial := fmt.Sprintf("hub.mode=denied&hub.topic=%s&hub.reason=%s", ackTopic, reason)
		if got := r.answer(http.MethodGet, r.ack.CallbackID, denial, ""); got.Code != 200 || got.Body.Len() != 0 {
			t.Errorf("%q: answered %d %q", reason, got.Code, got.Body)
		}
		if row, _ := r.rows.of(ackTopic); row.State != state {
			t.Errorf("%q: state %s, not %s", reason, row.State, state)
		}
	}
}
