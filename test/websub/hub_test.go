package websub

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// hub is a hub to the letter: it takes forms only, verifies every intent, ends leases and signs what it delivers. What
// the subscriber does against the letter fails the test.
type hub struct {
	t      *testing.T
	url    string
	client *http.Client
	work   sync.WaitGroup // verifications under way

	mu            sync.Mutex
	requests      []request
	subscriptions map[string]subscription // verified ones, by callback
	answer        func(w http.ResponseWriter, form url.Values) bool
	denials       map[string]denial // by topic: what becomes of the next requests
	lease         int               // seconds that are granted; 0 for as many as were asked for
}

// request is one that the hub was sent.
type request struct {
	form   url.Values
	header http.Header
	at     time.Time
}

// subscription is one that was verified.
type subscription struct {
	topic, callback, secret string
	lease                   int
	asked, verified         time.Time // when the hub asked the callback, and was answered
}

func newHub(t *testing.T) *hub {
	t.Helper()
	return newHubOn(t, httptest.NewServer)
}

// newHubOn makes a hub on a server of a kind.
func newHubOn(t *testing.T, serve func(http.Handler) *httptest.Server) *hub {
	t.Helper()
	h := &hub{t: t, client: &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 20 * time.Second}, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		subscriptions: map[string]subscription{}, denials: map[string]denial{}}
	server := serve(http.HandlerFunc(h.receive))
	h.url = server.URL + "/hub"
	t.Cleanup(func() {
		server.Close()
		h.work.Wait()
		h.client.CloseIdleConnections()
	})
	return h
}

// misbehave has answer answer the requests for which it returns true.
func (h *hub) misbehave(answer func(w http.ResponseWriter, form url.Values) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

// denial has requests denied instead of verified, and counts how often the callback took that with 200.
type denial struct {
	reason      string
	times, told int
}

// deny has the hub deny a topic so many times.
func (h *hub) deny(topic, reason string, times int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.denials[topic] = denial{reason: reason, times: times}
}

// denied takes one of the denials of a topic, if there is one left.
func (h *hub) denied(topic string) (reason string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.denials[topic]
	ok = d.times > 0
	d.times--
	h.denials[topic] = d
	return d.reason, ok
}

// told counts the denials of a topic that the callback answered with 200.
func (h *hub) told(topic string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.denials[topic].told
}

// receive takes a request (WebSub 5.1): 202 says that it will be verified.
func (h *hub) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	form, parseErr := url.ParseQuery(string(body))
	if r.Method != http.MethodPost || err != nil || parseErr != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		h.t.Errorf("the hub was sent a %s of %s", r.Method, r.Header.Get("Content-Type"))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	h.requests = append(h.requests, request{form, r.Header.Clone(), time.Now()})
	answer := h.answer
	h.mu.Unlock()
	if answer != nil && answer(w, form) {
		return
	}
	mode := form.Get("hub.mode")
	if callback, err := url.Parse(form.Get("hub.callback")); err != nil || callback.Host == "" || form.Get("hub.topic") == "" ||
		mode != "subscribe" && mode != "unsubscribe" || len(form.Get("hub.secret")) >= 200 {
		h.t.Errorf("no request of WebSub 5.1: mode %q, topic %q", mode, form.Get("hub.topic"))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	h.work.Go(func() { h.verify(form) })
}

// verify asks the callback whether it meant the request (WebSub 5.3), or tells it that it is denied (5.2).
func (h *hub) verify(form url.Values) {
	topic, callback := form.Get("hub.topic"), form.Get("hub.callback")
	if reason, ok := h.denied(topic); ok {
		status, _, _ := h.ask(callback, url.Values{"hub.mode": {"denied"}, "hub.topic": {topic}, "hub.reason": {reason}})
		h.mu.Lock()
		defer h.mu.Unlock()
		if d := h.denials[topic]; status == http.StatusOK {
			d.told++
			h.denials[topic] = d
		}
		return
	}
	h.mu.Lock()
	lease := h.lease
	h.mu.Unlock()
	if lease == 0 {
		lease, _ = strconv.Atoi(form.Get("hub.lease_seconds"))
	}
	challenge, asked := rand.Text(), time.Now()
	status, body, _ := h.ask(callback, url.Values{"hub.mode": {form.Get("hub.mode")}, "hub.topic": {topic},
		"hub.challenge": {challenge}, "hub.lease_seconds": {strconv.Itoa(lease)}})
	if status/100 != 2 || body != challenge {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if form.Get("hub.mode") == "unsubscribe" {
		delete(h.subscriptions, callback)
		return
	}
	h.subscriptions[callback] = subscription{topic, callback, form.Get("hub.secret"), lease, asked, time.Now()}
}

// ask sends a GET to a callback and returns what it answered; status is 0 if it did not.
func (h *hub) ask(callback string, query url.Values) (status int, body string, header http.Header) {
	r, err := http.NewRequest(http.MethodGet, callback+"?"+query.Encode(), nil)
	if err != nil {
		h.t.Error(err)
		return 0, "", nil
	}
	return h.send(r)
}

func (h *hub) send(r *http.Request) (status int, body string, header http.Header) {
	answer, err := h.client.Do(r)
	if err != nil {
		return 0, "", nil
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), answer.Header
}

// deliver distributes content to one subscriber as WebSub 7 says, and returns the status it answered. headers replace
// the hub's own; an empty value leaves one out.
func (h *hub) deliver(s subscription, body string, headers ...string) (status int) {
	r, err := http.NewRequest(http.MethodPost, s.callback, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.url, s.topic))
	r.Header.Set("X-Hub-Signature", "sha256="+signature(sha256.New, s.secret, body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1]) // as it is written
		}
	}
	status, _, _ = h.send(r)
	return status
}

// signature is the HMAC of a body in hexadecimal.
func signature(hashed func() hash.Hash, secret, body string) string {
	mac := hmac.New(hashed, []byte(secret))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// asked lists the requests with a mode; an empty one is any.
func (h *hub) asked(mode string) []request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.requests), func(r request) bool { return mode != "" && r.form.Get("hub.mode") != mode })
}

// subscribed lists the verified subscriptions to a topic.
func (h *hub) subscribed(topic string) []subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Collect(maps.Values(h.subscriptions)), func(s subscription) bool { return s.topic != topic })
}
