package sandbox_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const hubSecret = "a secret of the test"

// hubMessage is what IDA publishes.
type hubMessage struct {
	Publisher, Topic string
	Event            struct {
		RequestID     string `json:"requestId"`
		TransactionID string `json:"transactionId"`
		Status, URL   string
		Timestamp     json.RawMessage
		Data          struct {
			OLV           string `json:"olv_partner_id"`
			AuthTypes     []lockState
			TransactionID string
			AuthtypeCode  string
			StatusCode    string
			EntityID      string
			TokenID       string `json:"tokenId"`
			IndividualID  string
		}
	}
}

// subscriber hears what the hub delivers.
type subscriber struct{ heard chan hubMessage }

// subscribe subscribes to a topic and returns once the hub has verified it.
func subscribe(c *client, topic string) *subscriber {
	c.t.Helper()
	s := &subscriber{heard: make(chan hubMessage, 100)}
	verified := make(chan struct{})
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, r.URL.Query().Get("hub.challenge"))
			close(verified)
			return
		}
		s.receive(c.t, r)
	}))
	c.t.Cleanup(callback.Close)
	form := url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.callback": {callback.URL}, "hub.secret": {hubSecret},
	}
	a := c.send(http.MethodPost, "/hub/", nil, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(form.Encode())), int64(len(form.Encode()))
	})
	if a.status != http.StatusAccepted {
		c.t.Fatalf("subscribe: %d %s", a.status, a.body)
	}
	<-verified
	// The hub notes the answer some time after it was given: until a probe
	// arrives, what is published may be before the subscription.
	for {
		c.control(http.MethodPost, "/sandbox/publish", map[string]any{"topic": topic, "body": map[string]any{}}, nil)
		select {
		case <-s.heard:
			return s
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *subscriber) receive(t *testing.T, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	mac := hmac.New(sha256.New, []byte(hubSecret))
	_, _ = mac.Write(body) // a hash never fails
	if got, want := r.Header.Get("X-Hub-Signature"), "sha256="+hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
	var m hubMessage
	if err := json.Unmarshal(body, &m); err != nil {
		t.Error(err)
	}
	s.heard <- m
}

func (s *subscriber) next(t *testing.T) hubMessage {
	t.Helper()
	const patience = 30 * time.Second
	deadline := time.After(patience)
	for {
		select {
		case m := <-s.heard:
			if m.Topic == "" {
				continue // a late probe
			}
			return m
		case <-deadline:
			t.Fatal("nothing was delivered")
		}
	}
}
