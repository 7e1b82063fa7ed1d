package scenario

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/resident-graph/resident-graph/test/harness"
)

const vidCardMutation = `mutation ($vid: ID!, $key: String!) { requestVidCard(input: {vidId: $vid, idempotencyKey: $key}) {
  event { eventId requestType status } card { state failure passwordRule file { url } } errors { code message path } } }`

const cardChanges = `subscription ($after: Cursor) { eventChanged(after: $after) {
  event { eventId requestType status statusDetail card { state failure file { url fileName mediaType } } } } }`

const cardQuery = `query ($event: EventID!) { viewer { event(eventId: $event) { status statusDetail card { state failure file { url } } } } }`

// quickly has cards made at once.
var quickly = map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1}

// someVid answers the id of a live VID of the resident and its number.
func someVid(t testing.TB, c *harness.Client, r harness.Resident) (id any, number string) {
	t.Helper()
	nodes, _ := harness.At(c.Must(`{ viewer { vids(first: 100) { nodes { id masked } } } }`, nil), "viewer", "vids", "nodes").([]any)
	for _, n := range nodes {
		masked, _ := harness.At(n, "masked").(string)
		for _, v := range r.Vids {
			if v.VID[:1] == masked[:1] && v.VID[len(v.VID)-2:] == masked[len(masked)-2:] {
				return harness.At(n, "id"), v.VID
			}
		}
	}
	t.Fatal("no VID of the resident is listed")
	return nil, ""
}

// cardOf asks for the card of a VID that must be taken, and answers the event's id.
func cardOf(t testing.TB, c *harness.Client, vid any, key string) (eventID any) {
	t.Helper()
	asked := harness.At(c.Must(vidCardMutation, map[string]any{"vid": vid, "key": key}), "requestVidCard").(map[string]any)
	state := harness.At(asked, "card", "state") // it may be there before the answer is
	if code(asked) != nil || state != "PREPARING" && state != "READY" || state == "PREPARING" && harness.At(asked, "card", "file") != nil {
		t.Fatalf("asked for a card: %v", asked)
	}
	return harness.At(asked, "event", "eventId")
}

// cardAt waits for the stream to tell that the card of an event is so.
func cardAt(t testing.TB, stream *harness.Stream, eventID any, state string) (card any) {
	t.Helper()
	for {
		event := harness.At(stream.Next().Data, "eventChanged", "event")
		if harness.At(event, "eventId") == eventID && harness.At(event, "card", "state") == state {
			return harness.At(event, "card")
		}
	}
}

// link answers a new link to the card of an event.
func link(c *harness.Client, eventID any) any {
	return harness.At(c.Must(cardQuery, map[string]any{"event": eventID}), "viewer", "event", "card", "file", "url")
}

// newestRequest answers what the generator was asked for last.
func newestRequest(t testing.TB, s *harness.Server) harness.CardRequest {
	t.Helper()
	all := s.CardRequests(t)
	if len(all) == 0 {
		t.Fatal("the generator was asked for nothing")
	}
	return all[0]
}

func TestAResidentGetsTheCardOfAVid(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, quickly)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, number := someVid(t, c, r)
	stream := c.WebSocket(cardChanges, map[string]any{"after": c.Settled()})
	s.ResetCalls(t)
	eventID := cardOf(t, c, vid, "vid-card-1")
	if calls := s.Endpoints(t, "/"); calls["POST /v1/credentialrequest/v2/requestgenerator/{rid}"] != 1 || s.Calls(t)["vid"] != 1 {
		t.Errorf("a request for a card asked %v", calls)
	}
	again := harness.At(c.Must(vidCardMutation, map[string]any{"vid": vid, "key": "vid-card-1"}), "requestVidCard")
	if harness.At(again, "event", "eventId") != eventID {
		t.Errorf("the same key made something else: %v", again)
	}
	card := cardAt(t, stream, eventID, "READY")
	if harness.At(card, "file", "mediaType") != "application/pdf" || harness.At(card, "file", "fileName") != fmt.Sprint("card-", eventID, ".pdf") {
		t.Errorf("ready: %v", card)
	}
	asked := s.CardRequests(t)
	more, _ := asked[0].Request["additionalData"].(map[string]any)
	if len(asked) != 1 || asked[0].ID != number || more["vid"] != number || more["templateTypeCode"] != "vid-card-type" || more["name"] == "" ||
		more["dob"] == "" || more["ApplicantPhoto"] == "" {
		t.Errorf("the generator was asked %d times: %v", len(asked), more)
	}
	c.Settled()
	s.ResetCalls(t)
	first := fetch(t, s, c, http.MethodGet, harness.At(card, "file", "url"))
	signedPDF(t, first)
	if !bytes.Contains(first.Body, []byte("VID: "+number)) {
		t.Error("the card is not that of the VID")
	}
	if calls := s.Calls(t); calls["credential"] != 1 || calls["datashare"] != 1 || calls["digitalcard"] != 0 {
		t.Errorf("a download asked %v", calls)
	}
	card = cardAt(t, stream, eventID, "DOWNLOADED")
	second := fetch(t, s, c, http.MethodGet, harness.At(card, "file", "url"))
	if !bytes.Equal(first.Body, second.Body) {
		t.Error("the second download is another file")
	}
	if calls := s.Calls(t); calls["datashare"] != 1 {
		t.Errorf("two downloads fetched %d times from Data Share", calls["datashare"])
	}
	ofVid := harness.At(c.Must(`query ($id: ID!) { node(id: $id) { ... on Vid { card { state file { url } } } } }`, map[string]any{"id": vid}), "node", "card")
	if harness.At(ofVid, "state") != "DOWNLOADED" || harness.At(ofVid, "file", "url") == nil {
		t.Errorf("the card of the VID: %v", ofVid)
	}
}

func TestACardThatIsAskedForWronglyIsRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	other := s.Residents(t)[0]
	if other.UIN == r.UIN {
		other = s.Residents(t)[1]
	}
	foreign, _ := someVid(t, s.SignIn(t, other.UIN), other)
	for name, row := range map[string]struct {
		vid       any
		key, code string
		path      string
	}{
		"a short key":           {vid, "short", "INVALID", "[input idempotencyKey]"},
		"no such VID":           {"Vid_none", "wrong-0001", "NOT_FOUND", "[input vidId]"},
		"another resident's":    {foreign, "wrong-0002", "NOT_FOUND", "[input vidId]"},
		"the resident's own id": {harness.At(c.Must(`{ viewer { id } }`, nil), "viewer", "id"), "wrong-0003", "NOT_FOUND", "[input vidId]"},
		"an empty id":           {"", "wrong-0004", "NOT_FOUND", "[input vidId]"},
	} {
		got := harness.At(c.Must(vidCardMutation, map[string]any{"vid": row.vid, "key": row.key}), "requestVidCard").(map[string]any)
		if code(got) != row.code || fmt.Sprint(harness.At(got, "errors", 0, "path")) != row.path || got["event"] != nil || got["card"] != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if asked := s.CardRequests(t); len(asked) != 0 {
		t.Errorf("the generator was asked for %d cards", len(asked))
	}
}

func TestACardThatCannotBeMadeSaysSo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "CARD_TIMEOUT=6s")
	s.Settings(t, quickly)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	stream := c.Events(cardChanges, map[string]any{"after": c.Settled()})
	for name, row := range map[string]struct {
		settings map[string]any
		failure  string
	}{
		"it cannot be issued": {map[string]any{"failCredentials": true, "holdCards": false}, "UPSTREAM_UNAVAILABLE"},
		"it never comes":      {map[string]any{"failCredentials": false, "holdCards": true}, "UPSTREAM_TIMEOUT"},
	} {
		s.Settings(t, row.settings)
		eventID := cardOf(t, c, vid, "cannot: "+name)
		card := cardAt(t, stream, eventID, "FAILED")
		if harness.At(card, "failure") != row.failure || harness.At(card, "file") != nil {
			t.Errorf("%s: %v", name, card)
		}
	}
}

// TestTheCardOfAVidThatWasRevokedSaysWhy: no waiting brings it.
func TestTheCardOfAVidThatWasRevokedSaysWhy(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	id := harness.At(generate(c, "TEMPORARY", "revoked-make"), "vid", "id")
	stream := c.Events(cardChanges, map[string]any{"after": c.Settled()})
	s.Settings(t, map[string]any{"credentialDelayMs": 600_000})
	eventID := cardOf(t, c, id, "revoked-card")
	if gone := revoke(c, id, "revoked-vid"); code(gone) != nil || harness.At(gone, "event", "status") != "SUCCESS" {
		t.Fatalf("revoked: %v", gone)
	}
	request := newestRequest(t, s)
	request.Status = "FAILED" // ID Repository answers nothing about a VID that is revoked
	s.MoveCardRequest(t, request)
	if card := cardAt(t, stream, eventID, "FAILED"); harness.At(card, "failure") != "CONFLICT" {
		t.Errorf("the card: %v", card)
	}
	told := harness.At(c.Must(`query ($event: EventID!) { viewer { event(eventId: $event) { failure { code message } } } }`,
		map[string]any{"event": eventID}), "viewer", "event", "failure")
	want := map[string]any{"code": "CONFLICT", "message": "This virtual ID was revoked and can no longer be used. Please use another one."}
	if diff := cmp.Diff(any(want), told); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoCardIsNotServed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, quickly)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	stream := c.WebSocket(cardChanges, map[string]any{"after": c.Settled()})
	eventID := cardOf(t, c, vid, "no-card-1")
	address := harness.At(cardAt(t, stream, eventID, "READY"), "file", "url")
	s.Settings(t, map[string]any{"pdfAsJson": true})
	if got := fetch(t, s, c, http.MethodGet, address); got.Status != http.StatusBadGateway || got.code() != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("JSON in place of a card: %d %s", got.Status, got.Body)
	}
	s.Settings(t, map[string]any{"pdfAsJson": false})
	request := newestRequest(t, s)
	for name, url := range map[string]string{"another host": "http://127.0.0.1:9/v1/datashare/get/a/b/c", "another path": s.SandboxURL + "/v1/keymanager/x",
		"a credential": *request.URL + "x/../../secret"} {
		moved := request
		moved.URL = &url
		s.MoveCardRequest(t, moved)
		if got := fetch(t, s, c, http.MethodGet, address); got.Status != http.StatusBadGateway || got.code() != "UPSTREAM_UNAVAILABLE" {
			t.Errorf("%s: %d %s", name, got.Status, got.Body)
		}
	}
	s.MoveCardRequest(t, request)
	signedPDF(t, fetch(t, s, c, http.MethodGet, address)) // nothing was sent, so the link is not spent
}

// TestACardUnderWayIsNotAskedForTwice: two presses of a button, each with a key of its own, make one card.
func TestACardUnderWayIsNotAskedForTwice(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"credentialDelayMs": 3_600_000, "cardDelayMs": 1})
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	c.Settled()
	events := make([]any, 6)
	var all sync.WaitGroup
	for i := range events {
		all.Go(func() {
			asked := c.Must(vidCardMutation, map[string]any{"vid": vid, "key": fmt.Sprint("pressed-", i)})
			events[i] = harness.At(asked, "requestVidCard", "event", "eventId")
		})
	}
	all.Wait()
	for i, e := range append(events, cardOf(t, c, vid, "pressed-0"), cardOf(t, c, vid, "pressed-late"), cardOf(t, c, vid, "pressed-late")) {
		if e != events[0] {
			t.Errorf("press %d answers event %v, the first %v", i, e, events[0])
		}
	}
	if asked := len(s.CardRequests(t)); asked != 1 {
		t.Errorf("%d cards were asked for", asked)
	}
	request := newestRequest(t, s)
	request.Status = "FAILED"
	s.MoveCardRequest(t, request)
	harness.Eventually(t, "the first card has failed", func() bool {
		return harness.At(c.Must(cardQuery, map[string]any{"event": events[0]}), "viewer", "event", "status") == "FAILED"
	})
	if another := cardOf(t, c, vid, "pressed-anew"); another == events[0] {
		t.Error("after a failure no other card can be asked for")
	}
}

func TestACardThatIsUsedUpIsFoundElsewhereOrExpired(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "CARD_KEPT=1ms")
	s.Settings(t, map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1, "dataShareGets": 1})
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	stream := c.WebSocket(cardChanges, map[string]any{"after": c.Settled()})
	first := cardOf(t, c, vid, "used-up-1")
	signedPDF(t, fetch(t, s, c, http.MethodGet, harness.At(cardAt(t, stream, first, "READY"), "file", "url")))
	cardAt(t, stream, first, "DOWNLOADED")
	second := cardOf(t, c, vid, "used-up-2")
	cardAt(t, stream, second, "READY")
	// The Digital Card Service has the VID's newer card, which can be fetched once.
	signedPDF(t, fetch(t, s, c, http.MethodGet, link(c, first)))
	gone := fetch(t, s, c, http.MethodGet, link(c, first))
	if gone.Status != http.StatusGone || gone.code() != "EXPIRED" {
		t.Errorf("a card that is used up: %d %s", gone.Status, gone.Body)
	}
	card := cardAt(t, stream, first, "EXPIRED")
	if harness.At(card, "failure") != "EXPIRED" || harness.At(card, "file") != nil {
		t.Errorf("expired: %v", card)
	}
}

func TestACardWhoseAnswerIsLostIsAskedForOnce(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "UPSTREAM_TIMEOUT=4s", "OUTCOME_GRACE=10s")
	s.Settings(t, quickly)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	c.Settled()
	s.Faults(t, map[string]any{"credential": map[string]any{"latencyMs": 10_000}})
	lost := harness.At(c.Must(vidCardMutation, map[string]any{"vid": vid, "key": "lost-answer"}), "requestVidCard").(map[string]any)
	if code(lost) != "OUTCOME_UNKNOWN" || harness.At(lost, "event", "status") != "IN_PROGRESS" || harness.At(lost, "card", "state") != "PREPARING" {
		t.Fatalf("no answer: %v", lost)
	}
	s.Faults(t, map[string]any{})
	eventID, ended := harness.At(lost, "event", "eventId"), ""
	harness.Within(t, 2*time.Minute, "it is known what became of it", func() bool {
		ended, _ = harness.At(c.Must(cardQuery, map[string]any{"event": eventID}), "viewer", "event", "status").(string)
		return ended != "IN_PROGRESS"
	})
	asked := s.CardRequests(t)
	if taken := len(asked) == 1; len(asked) > 1 || taken != (ended == "SUCCESS") {
		t.Errorf("%d requests, and the event says %s", len(asked), ended)
	}
	again := harness.At(c.Must(vidCardMutation, map[string]any{"vid": vid, "key": "lost-answer"}), "requestVidCard")
	if harness.At(again, "event", "eventId") != eventID || len(s.CardRequests(t)) != len(asked) {
		t.Errorf("the same key again: %v", again)
	}
}

func TestAResidentIsToldHowACardOpens(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "CARD_PASSWORD_ATTRIBUTES=fullName|dateOfBirth")
	s.Settings(t, map[string]any{"credentialDelayMs": 1, "cardDelayMs": 1, "cardPasswords": true})
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	vid, _ := someVid(t, c, r)
	stream := c.WebSocket(cardChanges, map[string]any{"after": c.Settled()})
	eventID := cardOf(t, c, vid, "password-1")
	rules := map[string]bool{}
	for _, lang := range []string{"en", "fr", "ar", "hi", "ta", "kn", "es"} {
		answer := inLanguage(t, s, c, lang, `query ($event: EventID!) { viewer { event(eventId: $event) { card { passwordRule } } } }`, map[string]any{"event": eventID})
		rule, _ := harness.At(answer, "data", "viewer", "event", "card", "passwordRule").(string)
		if rule == "" || rules[rule] {
			t.Errorf("%s: %q", lang, rule)
		}
		rules[rule] = true
	}
	got := fetch(t, s, c, http.MethodGet, harness.At(cardAt(t, stream, eventID, "READY"), "file", "url"))
	more, _ := newestRequest(t, s).Request["additionalData"].(map[string]any)
	beginning := func(key string) string {
		return string([]rune(fmt.Sprint(more[key], more[key], more[key], more[key]))[:4])
	}
	for password, opens := range map[string]bool{"": false, strings.ToUpper(beginning("name") + beginning("dob")): true} {
		err := api.Validate(bytes.NewReader(got.Body), &model.Configuration{Cmd: model.VALIDATE, Reader15: true,
			ValidationMode: model.ValidationRelaxed, Offline: true, UserPW: password, Limits: model.DefaultResourceLimits()})
		if (err == nil) != opens {
			t.Errorf("with a password of %d characters: %v", len(password), err)
		}
	}
}
