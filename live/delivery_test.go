package live_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/live"
)

const (
	ackTopic  = "AUTH_TYPE_STATUS_UPDATE_ACK"
	cardTopic = "CREDENTIAL_STATUS_UPDATE"
)

// receiver is a subscriber whose subscriptions stand, without a hub.
type receiver struct {
	*live.Subscriber
	rows      *rows
	inbox     *inbox
	ack, card live.Subscription
}

// received makes a receiver by subscribing once at a hub that accepts everything.
func received(t *testing.T) *receiver {
	t.Helper()
	accepting := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
	}))
	r := &receiver{rows: newRows(t), inbox: &inbox{}}
	r.Subscriber = live.NewSubscriber(live.Config{
		HubURL: accepting, CallbackURL: "http://localhost", Topics: []string{ackTopic, cardTopic}, Secret: secret,
		Store: r.rows, Tokens: &token{}, Deliver: r.inbox.deliver, HTTPClient: client(t), MaxBody: 1 << 10,
	})
	stop := running(t, r.Run)
	soon(t, patience, "both topics asked for", func() bool {
		var first, second bool
		r.ack, first = r.rows.of(ackTopic)
		r.card, second = r.rows.of(cardTopic)
		return first && second
	})
	stop()
	return r
}

func (r *receiver) answer(method, callbackID, query, body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/hooks/websub/"+callbackID, strings.NewReader(body))
	request.URL.RawQuery = query
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	r.Handler().ServeHTTP(recorder, request)
	return recorder
}

func mac(hashed func() hash.Hash, key []byte, body string) string {
	m := hmac.New(hashed, key)
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

const signature = "X-Hub-Signature"

func TestDelivery(t *testing.T) {
	r := received(t)
	body := `{"event":{"id":"1"}}`
	flipped := strings.Replace(body, "1", "0", 1) // '1' and '0' differ in one bit
	good := "sha256=" + sha256Hex(r.ack.Secret, body)
	large := `"` + strings.Repeat("x", 1<<10) + `"`
	for _, c := range []struct {
		name, callback, body string
		headers              []string
		status, delivered    int
	}{
		{"signed", r.ack.CallbackID, body, []string{signature, good}, 202, 1},
		{"repeated", r.ack.CallbackID, body, []string{signature, good}, 202, 1},
		{"upper case", r.ack.CallbackID, body, []string{"x-hub-signature", "SHA256=" + strings.ToUpper(good[7:])}, 202, 1},
		{"sha384", r.ack.CallbackID, body, []string{signature, "sha384=" + mac(sha512.New384, r.ack.Secret, body)}, 202, 1},
		{"sha512", r.ack.CallbackID, body, []string{signature, "Sha512=" + mac(sha512.New, r.ack.Secret, body)}, 202, 1},
		{"sha1", r.ack.CallbackID, body, []string{signature, "sha1=" + mac(sha1.New, r.ack.Secret, body)}, 401, 0},
		{"unsigned", r.ack.CallbackID, body, nil, 401, 0},
		{"empty", r.ack.CallbackID, body, []string{signature, ""}, 401, 0},
		{"no digits", r.ack.CallbackID, body, []string{signature, "sha256="}, 401, 0},
		{"no method", r.ack.CallbackID, body, []string{signature, good[7:]}, 401, 0},
		{"cut short", r.ack.CallbackID, body, []string{signature, good[:len(good)-2]}, 401, 0},
		{"other method's name", r.ack.CallbackID, body, []string{signature, "sha512=" + good[7:]}, 401, 0},
		{"two signatures", r.ack.CallbackID, body, []string{signature, good, signature, good}, 401, 0},
		{"one bit", r.ack.CallbackID, flipped, []string{signature, good}, 401, 0},
		{"line end", r.ack.CallbackID, body + "\n", []string{signature, good}, 401, 0},
		{"guessed secret", r.ack.CallbackID, body, []string{signature, "sha256=" + sha256Hex([]byte("secret"), body)}, 401, 0},
		{"other topic's secret", r.ack.CallbackID, body, []string{signature, "sha256=" + sha256Hex(r.card.Secret, body)}, 401, 0},
		{"replayed to another callback", r.card.CallbackID, body, []string{signature, good}, 401, 0},
		{"unknown callback", strings.Repeat("a", 32), body, []string{signature, good}, 404, 0},
		{"callback that cannot be", "..%2fack", body, []string{signature, good}, 404, 0},
		{"too large", r.ack.CallbackID, large, []string{signature, "sha256=" + sha256Hex(r.ack.Secret, large)}, 413, 0},
		{"not JSON", r.ack.CallbackID, "<a/>", []string{signature, "sha256=" + sha256Hex(r.ack.Secret, "<a/>")}, 202, 1},
		{"nothing", r.ack.CallbackID, "", []string{signature, "sha256=" + sha256Hex(r.ack.Secret, "")}, 202, 1},
		{"not UTF-8", r.ack.CallbackID, "\"\xff\"", []string{signature, "sha256=" + sha256Hex(r.ack.Secret, "\"\xff\"")}, 202, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(r.inbox.of(ackTopic)) + len(r.inbox.of(cardTopic))
			got := r.answer(http.MethodPost, c.callback, "", c.body, c.headers...)
			if got.Code != c.status {
				t.Errorf("status %d, not %d", got.Code, c.status)
			}
			if n := len(r.inbox.of(ackTopic)) + len(r.inbox.of(cardTopic)) - before; n != c.delivered {
				t.Errorf("%d delivered, not %d", n, c.delivered)
			}
		})
	}
	_, states := r.Healthy()
	if s := states[0]; s.Delivered != 8 || s.Forged != 12 || s.Unreadable != 3 {
		t.Errorf("counted %d delivered, %d forged, %d unreadable", s.Delivered, s.Forged, s.Unreadable)
	}
	if got := r.inbox.of(ackTopic)[0]; got != body {
		t.Errorf("delivered %q", got)
	}
}

// One forged bit anywhere, in the body or in the signature, is refused.
func TestEveryBitCounts(t *testing.T) {
	r := received(t)
	body := `{"event":{"id":"4711","status":"STORED"}}`
	digits := []byte(sha256Hex(r.ack.Secret, body))
	for i := range len(body) * 8 {
		edited := []byte(body)
		edited[i/8] ^= 1 << (i % 8)
		if got := r.answer(http.MethodPost, r.ack.CallbackID, "", string(edited), signature, "sha256="+string(digits)); got.Code != 401 {
			t.Fatalf("body with bit %d flipped: %d", i, got.Code)
		}
	}
	raw, _ := hex.DecodeString(string(digits))
	for i := range len(raw) * 8 {
		raw[i/8] ^= 1 << (i % 8)
		if got := r.answer(http.MethodPost, r.ack.CallbackID, "", body, signature, "sha256="+hex.EncodeToString(raw)); got.Code != 401 {
			t.Fatalf("signature with bit %d flipped: %d", i, got.Code)
		}
		raw[i/8] ^= 1 << (i % 8)
	}
	if n := len(r.inbox.of(ackTopic)); n != 0 {
		t.Errorf("%d delivered", n)
	}
}

func TestDeliveryNotStoredIsTheOnly500(t *testing.T) {
	r := received(t)
	r.inbox.fail(errors.New("disk full"))
	got := r.answer(http.MethodPost, r.ack.CallbackID, "", `{}`, signature, "sha256="+sha256Hex(r.ack.Secret, `{}`))
	if got.Code != 500 {
		t.Errorf("status %d", got.Code)
	}
	if strings.Contains(got.Body.String(), "disk") {
		t.Error("the reason went out")
	}
}

// A delivery to a configured topic does not need the subscription table.
func TestDeliveryWhileSubscriptionsAreUnreadable(t *testing.T) {
	r := received(t)
	r.rows.pool.Close()
	got := r.answer(http.MethodPost, r.ack.CallbackID, "", `{}`, signature, "sha256="+sha256Hex(r.ack.Secret, `{}`))
	if got.Code != 202 {
		t.Errorf("status %d", got.Code)
	}
	if ok, _ := r.Healthy(); ok {
		t.Error("healthy without a store")
	}
}

func TestMethods(t *testing.T) {
	r := received(t)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
		if got := r.answer(method, r.ack.CallbackID, "", ""); got.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, got.Code)
		}
	}
}

func TestCallbackAndSecret(t *testing.T) {
	r, again := received(t), received(t)
	if !regexp.MustCompile(`^[a-z0-9]{32}$`).MatchString(r.ack.CallbackID) {
		t.Errorf("callback id %q", r.ack.CallbackID)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).Match(r.ack.Secret) {
		t.Errorf("secret of %d bytes", len(r.ack.Secret))
	}
	if string(r.ack.Secret) == string(r.card.Secret) || r.ack.CallbackID == r.card.CallbackID {
		t.Error("topics share a secret or a callback")
	}
	if string(again.ack.Secret) != string(r.ack.Secret) || again.ack.CallbackID != r.ack.CallbackID {
		t.Error("a restart changed secret or callback")
	}
}
