package scenario

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
)

const changesQuery = `subscription Changes($after: Cursor) {
  eventChanged(after: $after) { cursor event { eventId requestType status statusDetail authLocks { type locked } } viewer { unreadCount authLocks { type locked pending } } }
}`

const lockMutation = `mutation Lock($key: String!, $changes: [AuthLockChange!]!) {
  setAuthLocks(input: {changes: $changes, idempotencyKey: $key}) {
    event { eventId status } authLocks { type locked pending unlockUntil } errors { code message path upstreamCode } } }`

func lock(c *harness.Client, key, authType string, locked bool) map[string]any {
	return c.Must(lockMutation, map[string]any{"key": key, "changes": []any{map[string]any{"type": authType, "locked": locked}}})
}

// lockOf answers one of the auth locks in an answer.
func lockOf(locks any, authType string) map[string]any {
	list, _ := locks.([]any)
	for _, l := range list {
		if harness.At(l, "type") == authType {
			return l.(map[string]any)
		}
	}
	return nil
}

func TestAResidentLocksTheirFaceAndSeesIDAuthenticationConfirmIt(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"holdAcks": true})
	c := s.SignIn(t, resident(t, s).UIN)
	for _, transport := range []struct{ name, authType string }{{"WebSocket", "BIO_FACE"}, {"SSE", "BIO_IRIS"}} {
		t.Run(transport.name, func(t *testing.T) {
			c := c.With(t)
			s.Settings(t, map[string]any{"holdAcks": true})
			subscribe := c.WebSocket
			if transport.name == "SSE" {
				subscribe = c.Events
			}
			stream := subscribe(changesQuery, map[string]any{"after": c.Settled()})
			done := lock(c, "lock-"+transport.name, transport.authType, true)
			asked := lockOf(harness.At(done, "setAuthLocks", "authLocks"), transport.authType)
			if asked["locked"] != false || asked["pending"] != true {
				t.Fatalf("asked for, not confirmed: locked %v, pending %v", asked["locked"], asked["pending"])
			}
			eventID := harness.At(done, "setAuthLocks", "event", "eventId")
			begun := stream.Next().Data
			if harness.At(begun, "eventChanged", "event", "eventId") != eventID || harness.At(begun, "eventChanged", "event", "status") != "IN_PROGRESS" {
				t.Fatalf("the first frame is %v", begun)
			}
			if l := lockOf(harness.At(begun, "eventChanged", "event", "authLocks"), transport.authType); l["locked"] != true {
				t.Errorf("the event's own locks are %v", l)
			}
			stream.Quiet(300 * time.Millisecond)

			s.Settings(t, map[string]any{"holdAcks": false})
			confirmed := stream.Next().Data
			if harness.At(confirmed, "eventChanged", "event", "status") != "SUCCESS" {
				t.Fatalf("the acknowledgement's frame is %v", confirmed)
			}
			if l := lockOf(harness.At(confirmed, "eventChanged", "viewer", "authLocks"), transport.authType); l["locked"] != true || l["pending"] != nil {
				t.Errorf("confirmed: locked %v, pending %v", l["locked"], l["pending"])
			}
			if n := harness.At(confirmed, "eventChanged", "viewer", "unreadCount"); n == float64(0) {
				t.Error("the news is not counted as unread")
			}
		})
	}
}

func TestAClientThatWasKilledSeesExactlyWhatItMissed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	for _, name := range []string{"WebSocket", "SSE"} {
		t.Run(name, func(t *testing.T) {
			c := c.With(t)
			subscribe := c.WebSocket
			if name == "SSE" {
				subscribe = c.Events
			}
			start := c.Settled()
			whole := subscribe(changesQuery, map[string]any{"after": start})
			broken := subscribe(changesQuery, map[string]any{"after": start})
			lock(c, "kill-a-"+name, "DEMO", true)
			cursor := harness.At(broken.Next().Data, "eventChanged", "cursor")
			broken.Kill()
			lock(c, "kill-b-"+name, "DEMO", false)
			lock(c, "kill-c-"+name, "OTP_EMAIL", true)
			resumed := subscribe(changesQuery, map[string]any{"after": cursor})
			var want, got []any
			for range 6 { // three requests, each begun and confirmed
				want = append(want, harness.At(whole.Next().Data, "eventChanged", "cursor"))
			}
			got = append(got, cursor)
			for range 5 {
				got = append(got, harness.At(resumed.Next().Data, "eventChanged", "cursor"))
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("the client that was killed saw other changes than the one that was not")
			}
			resumed.Quiet(200 * time.Millisecond)
		})
	}
}

func TestTheSameDeliveryAHundredTimesChangesOneRow(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"holdAcks": true})
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	done := lock(c, "hundred-1", "BIO_FINGER", true)
	eventID, _ := harness.At(done, "setAuthLocks", "event", "eventId").(string)
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	var requestID string
	if err := db.QueryRow(t.Context(), `select request_id from event where event_id = $1`, eventID).Scan(&requestID); err != nil {
		t.Fatal(err)
	}
	ack := map[string]any{"publisher": "IDA", "topic": "AUTH_TYPE_STATUS_UPDATE_ACK", "publishedOn": "2026-03-02T09:00:05.010Z",
		"event": map[string]any{"id": "b7b8", "requestId": requestID, "timestamp": nil, "data": map[string]any{
			"olv_partner_id": "mpartner-default-auth",
			"authTypes":      []any{map[string]any{"authType": "bio", "authSubType": "FINGER", "locked": true, "requestId": requestID}}}}}
	s.Publish(t, "AUTH_TYPE_STATUS_UPDATE_ACK", ack, 100)
	harness.Eventually(t, "the event is confirmed", func() bool {
		var status string
		_ = db.QueryRow(t.Context(), `select status from event where event_id = $1`, eventID).Scan(&status)
		return status == "SUCCESS"
	})
	var changes, deliveries int
	for range 20 {
		time.Sleep(50 * time.Millisecond)
		_ = db.QueryRow(t.Context(), `select count(*) from event_change where event_id = $1`, eventID).Scan(&changes)
		_ = db.QueryRow(t.Context(), `select count(*) from delivery where topic = 'AUTH_TYPE_STATUS_UPDATE_ACK'`).Scan(&deliveries)
	}
	if changes != 2 { // begun, confirmed
		t.Errorf("%d changes of the event, want 2", changes)
	}
	if deliveries != 1 {
		t.Errorf("%d rows in the inbox, want 1", deliveries)
	}
}

func TestAForgedDeliveryChangesNothing(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	rows, _ := db.Query(t.Context(), `select callback_id from subscription`)
	callbacks, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(callbacks) != 4 {
		t.Fatalf("%d subscriptions, want 4: %v", len(callbacks), err)
	}
	body := []byte(`{"publisher":"IDA","topic":"AUTHENTICATION_TRANSACTION_STATUS","event":{"transactionId":"x","data":{"tokenId":"1","statusCode":"Y"}}}`)
	for _, callback := range callbacks {
		for _, signature := range []string{"", "sha256=", "sha256=0000", "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709", "nonsense"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/hooks/websub/"+callback, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if signature != "" {
				req.Header.Set("X-Hub-Signature", signature)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("signature %q is answered with %d, want 401", signature, resp.StatusCode)
			}
		}
	}
	var n int
	if err := db.QueryRow(t.Context(), `select (select count(*) from delivery) + (select count(*) from event)`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows came of it: %v", n, err)
	}
}

func TestAnAuthenticationAtAPartnerAppearsByItself(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	start := harness.At(c.Must(`{ viewer { changeCursor } }`, nil), "viewer", "changeCursor")
	stream := c.WebSocket(`subscription ($after: Cursor) { eventChanged(after: $after) { event { requestType serviceType status summary loginMode partner { name } } } }`,
		map[string]any{"after": start})
	s.Authenticate(t, r.UIN, "mpartner-default-health")
	for {
		e := harness.At(stream.Next().Data, "eventChanged", "event")
		if harness.At(e, "partner", "name") == nil || harness.At(e, "loginMode") != "OTP-AUTH" {
			continue // the sign-in's own transactions
		}
		if harness.At(e, "requestType") != "AUTHENTICATION_REQUEST" || harness.At(e, "status") != "SUCCESS" {
			t.Errorf("the event is %v", e)
		}
		if text, _ := harness.At(e, "summary").(string); text == "" {
			t.Error("the event has no summary")
		}
		return
	}
}
