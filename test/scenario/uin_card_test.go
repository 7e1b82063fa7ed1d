package scenario

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
)

const uinCardMutation = `mutation ($key: String!) { fetchUinCard(input: {idempotencyKey: $key}) {
  event { eventId requestType status statusDetail } card { state failure file { url } } errors { code message path } } }`

func fetchUinCard(c *harness.Client, key string) map[string]any {
	return harness.At(c.Must(uinCardMutation, map[string]any{"key": key}), "fetchUinCard").(map[string]any)
}

func TestAResidentGetsTheirUinCard(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	stream := c.Events(cardChanges, map[string]any{"after": c.Settled()})
	s.ResetCalls(t)
	got := fetchUinCard(c, "uin-card-1")
	if code(got) != nil || harness.At(got, "event", "requestType") != "GET_MY_ID" || harness.At(got, "event", "status") != "SUCCESS" ||
		harness.At(got, "card", "state") != "READY" {
		t.Fatalf("asked for the card: %v", got)
	}
	if calls := s.Calls(t); calls["identity"] != 1 || calls["credential"] != 1 || calls["datashare"] != 0 {
		t.Errorf("a UIN card asked %v", calls)
	}
	s.ResetCalls(t)
	again := fetchUinCard(c, "uin-card-1")
	if harness.At(again, "event", "eventId") != harness.At(got, "event", "eventId") || harness.At(again, "card", "state") != "READY" {
		t.Errorf("the same key again: %v", again)
	}
	if calls := s.Calls(t); calls["identity"] != 0 || calls["credential"] != 0 {
		t.Errorf("a repeat asked %v", calls)
	}
	s.ResetCalls(t)
	card := fetch(t, s, c, http.MethodGet, harness.At(got, "card", "file", "url"))
	signedPDF(t, card)
	if !bytes.Contains(card.Body, []byte("UIN: "+r.UIN)) {
		t.Error("the card is not the resident's")
	}
	if calls := s.Calls(t); calls["credential"] != 1 || calls["datashare"] != 1 || calls["digitalcard"] != 0 {
		t.Errorf("a download asked %v", calls)
	}
	cardAt(t, stream, harness.At(got, "event", "eventId"), "DOWNLOADED")

	s.ResetCalls(t)
	for i := range 3 { // Data Share gives a card out a few times only
		more := fetchUinCard(c, fmt.Sprint("uin-card-more-", i))
		if again := fetch(t, s, c, http.MethodGet, harness.At(more, "card", "file", "url")); !bytes.Equal(again.Body, card.Body) {
			t.Errorf("asked for once more, the card is another: %d", again.Status)
		}
		cardAt(t, stream, harness.At(more, "event", "eventId"), "DOWNLOADED")
	}
	if calls := s.Calls(t); calls["datashare"] != 0 || calls["credential"] != 0 {
		t.Errorf("what is kept is asked about again: %v", calls)
	}
}

// TestAUinCardIsFetchedOnceInAllItsLife: Data Share gives it out a few times only, and the resident needs it for years.
func TestAUinCardIsFetchedOnceInAllItsLife(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	s.Settings(t, map[string]any{"dataShareGets": 1})
	got := fetchUinCard(c, "for-life-1")
	card := fetch(t, s, c, http.MethodGet, harness.At(got, "card", "file", "url"))
	signedPDF(t, card)
	var years float64
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if err := db.QueryRow(t.Context(), `select extract(year from min(expires_at)) - extract(year from now()) from file`).Scan(&years); err != nil || years < 100 {
		t.Errorf("the card is kept for %v years: %v", years, err)
	}
	if again := fetch(t, s, c, http.MethodGet, link(c, harness.At(got, "event", "eventId"))); !bytes.Equal(again.Body, card.Body) {
		t.Errorf("once more: %d %s", again.Status, again.code())
	}
}

func TestAUinCardThatIsNotThereIsNotReady(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	fetchUinCard(c, "not-ready-1")
	request := newestRequest(t, s)
	for _, word := range []string{"NEW", "ISSUED", "FAILED"} {
		moved := request
		moved.Status = word
		s.MoveCardRequest(t, moved)
		got := fetchUinCard(c, "not-ready-"+word)
		if code(got) != "NOT_READY" || got["event"] != nil || got["card"] != nil {
			t.Errorf("the card is %s: %v", word, got)
		}
	}
	s.MoveCardRequest(t, request)
	if got := fetchUinCard(c, "not-ready-NEW"); code(got) != nil || harness.At(got, "card", "state") != "READY" {
		t.Errorf("the key of a refusal, when the card is there: %v", got)
	}
	if got := fetchUinCard(c, "short"); code(got) != "INVALID" || got["event"] != nil {
		t.Errorf("a short key: %v", got)
	}
	s.Faults(t, map[string]any{"identity": map[string]any{"status": 503}})
	if got := fetchUinCard(c, "no-identity-1"); code(got) != "UPSTREAM_UNAVAILABLE" || got["event"] != nil {
		t.Errorf("ID Repository is down: %v", got)
	}
}

func TestAResidentGetsTheCardOfAnUpdate(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	fetchUinCard(c, "of-an-update")
	request := newestRequest(t, s)
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if _, err := db.Exec(t.Context(), `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, async, aid)
		select token_id, '1234567890123456', 'UPDATE_MY_UIN', 'IN_PROGRESS', 'IDENTITY_UPDATED', now(), now(), true, $1 from event limit 1`,
		request.ID); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "the card is ready", func() bool {
		return harness.At(c.Must(cardQuery, map[string]any{"event": "1234567890123456"}), "viewer", "event", "card", "state") == "READY"
	})
	card := fetch(t, s, c, http.MethodGet, link(c, "1234567890123456"))
	signedPDF(t, card)
	if !bytes.Contains(card.Body, []byte("UIN: "+r.UIN)) {
		t.Error("the card is not the resident's")
	}
	if got := harness.At(c.Must(cardQuery, map[string]any{"event": "1234567890123456"}), "viewer", "event"); harness.At(got, "statusDetail") != "CARD_DOWNLOADED" {
		t.Errorf("afterwards: %v", got)
	}
}
