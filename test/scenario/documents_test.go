package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/test/harness"
)

const acknowledgementQuery = `query ($event: EventID!) { viewer { event(eventId: $event) {
  eventId description acknowledgement { url fileName mediaType } } } }`

const exportMutation = `mutation ($filter: ServiceHistoryFilter, $lang: LanguageCode) {
  exportServiceHistory(input: {filter: $filter, lang: $lang}) { file { url fileName mediaType } errors { code message path } } }`

// inLanguage sends an operation in a language and answers the whole answer.
func inLanguage(t testing.TB, s *harness.Server, c *harness.Client, lang, query string, variables map[string]any) (answer map[string]any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", lang)
	_, came := c.Send(req)
	if err := json.Unmarshal([]byte(came), &answer); err != nil {
		t.Fatalf("%v in %s", err, came)
	}
	return answer
}

// acknowledgement answers a link to the acknowledgement of an event.
func acknowledgement(c *harness.Client, eventID any) any {
	return harness.At(c.Must(acknowledgementQuery, map[string]any{"event": eventID}), "viewer", "event", "acknowledgement", "url")
}

func TestAResidentGetsAnAcknowledgementInTheirLanguage(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	eventID := harness.At(generate(c, "TEMPORARY", "acknowledged"), "event", "eventId")
	for lang, want := range map[string]struct{ title, code string }{
		"en": {"Acknowledgement", "en"}, "fr": {"Accusé de réception", "fr"}, "ar": {"إشعار", "ar"}, "ta": {"ஒப்புகை", "ta"},
	} {
		answer := inLanguage(t, s, c, lang, acknowledgementQuery, map[string]any{"event": eventID})
		event := harness.At(answer, "data", "viewer", "event")
		if harness.At(event, "acknowledgement", "fileName") != fmt.Sprint("acknowledgement-", eventID, ".pdf") {
			t.Fatalf("%s: %v", lang, answer)
		}
		c.Settled()
		s.ResetCalls(t)
		got := fetch(t, s, c, http.MethodGet, harness.At(event, "acknowledgement", "url"))
		signedPDF(t, got)
		if calls := s.Calls(t); calls["keymanager"] != 1 || calls["identity"]+calls["vid"]+calls["masterdata"]+calls["partner"] != 0 {
			t.Errorf("%s: an acknowledgement asked %v", lang, calls)
		}
		r := readPDF(t, got.Body)
		if !strings.HasPrefix(r.Lang, want.code) || !strings.Contains(r.Title, want.title) || !r.holds(fmt.Sprint(eventID)) {
			t.Errorf("%s: %q in %q: %v", lang, r.Title, r.Lang, r.Elements)
		}
		if description, _ := harness.At(event, "description").(string); lang != "ar" && !r.holds(description) {
			t.Errorf("%s: nothing says %q: %v", lang, description, r.Elements)
		}
	}
}

// remember puts an event of every kind into the history of the one resident there is, with made-up details.
const remember = `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at, partner_id,
	partner_name, purpose, attributes, ref_masked, error_code)
	select (select token_id from event limit 1), (2000000000000000 + n)::text, kind, status, status, now(), now(), 'nobody', 'Banque Élysée',
		'ऋण आवेदन', '{fullName,phone}'::text[], '3XXXXXXXXXXXXX46', case status when 'FAILED' then 'UPSTREAM_TIMEOUT' end
	from unnest(array['AUTHENTICATION_REQUEST','SHARE_CRED_WITH_PARTNER','DOWNLOAD_PERSONALIZED_CARD','ORDER_PHYSICAL_CARD','GET_MY_ID',
		'UPDATE_MY_UIN','GENERATE_VID','REVOKE_VID','AUTH_TYPE_LOCK_UNLOCK','VID_CARD_DOWNLOAD','VALIDATE_OTP']) with ordinality as k(kind, n),
		unnest(array['SUCCESS','FAILED']) as s(status) where n % 2 = (status = 'FAILED')::int`

func TestEveryKindOfRequestHasAnAcknowledgement(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	generate(c, "TEMPORARY", "every-kind")
	c.Settled()
	execute(t, s, remember)
	languages := []string{"en", "fr", "ar", "hi", "ta", "kn", "es"}
	kinds := map[any]bool{}
	for i, n := range harness.At(c.Must(`{ viewer { serviceHistory(first: 50) { nodes { eventId requestType status } } } }`, nil),
		"viewer", "serviceHistory", "nodes").([]any) {
		eventID, lang := harness.At(n, "eventId"), languages[i%len(languages)]
		kinds[harness.At(n, "requestType")] = true
		answer := inLanguage(t, s, c, lang, acknowledgementQuery, map[string]any{"event": eventID})
		address := harness.At(answer, "data", "viewer", "event", "acknowledgement", "url")
		if address == nil {
			t.Fatalf("%v in %s: %v", harness.At(n, "requestType"), lang, answer)
		}
		got := fetch(t, s, c, http.MethodGet, address)
		signedPDF(t, got)
		r := readPDF(t, got.Body)
		texts := []string{fmt.Sprint(eventID)}
		if strings.HasPrefix(texts[0], "200000") {
			texts = append(texts, "Banque Élysée", "ऋण आवेदन", "3XXXXXXXXXXXXX46")
			switch harness.At(n, "requestType") {
			case "SHARE_CRED_WITH_PARTNER", "DOWNLOAD_PERSONALIZED_CARD", "UPDATE_MY_UIN":
				if r.holds("fullName") {
					t.Errorf("%v in %s: an attribute has no name that a resident knows: %v", harness.At(n, "requestType"), lang, r.Elements)
				}
			default:
				texts = append(texts, "fullName, phone")
			}
		}
		for _, word := range []string{"SUCCESS", "FAILED", "TEMPORARY", fmt.Sprint(harness.At(n, "requestType"))} {
			if r.holds(word) {
				t.Errorf("%v in %s: says %s to a resident", harness.At(n, "requestType"), lang, word)
			}
		}
		for _, text := range texts {
			if !r.holds(text) {
				t.Errorf("%v in %s: nothing says %q: %v", harness.At(n, "requestType"), lang, text, r.Elements)
			}
		}
	}
	if len(kinds) != 11 {
		t.Errorf("%d kinds of request: %v", len(kinds), kinds)
	}
	execute(t, s, `update event set request_type = 'SEND_OTP' where event_id = '2000000000000001'`)
	if link := acknowledgement(c, "2000000000000001"); link != nil {
		t.Errorf("what is in no group has an acknowledgement: %v", link)
	}
}

// execute changes what the server remembers.
func execute(t testing.TB, s *harness.Server, sql string) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	if _, err := db.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func TestALongHistoryIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	generate(c, "TEMPORARY", "long-history")
	c.Settled()
	execute(t, s, `insert into event (token_id, event_id, request_type, status, status_detail, created_at, updated_at)
		select (select token_id from event limit 1), (3000000000000000 + n)::text, 'GENERATE_VID', 'SUCCESS', 'VID_GENERATED',
			now() - n * interval '1 day', now() from generate_series(1, 1000) n`)
	got := fetch(t, s, c, http.MethodGet, harness.At(c.Must(exportMutation, nil), "exportServiceHistory", "file", "url"))
	signedPDF(t, got)
	r := readPDF(t, got.Body)
	if !r.holds("Only the first 1,000") || r.holds("3000000000001000") || !r.holds("3000000000000900") {
		t.Errorf("%d pages, which begin with %v", r.Pages, r.Elements[:20])
	}
}

func TestAResidentTakesTheirServiceHistoryAlong(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	vid := harness.At(generate(c, "TEMPORARY", "export-1"), "event", "eventId")
	locked := harness.At(lock(c, "export-2", "DEMO", true), "setAuthLocks", "event", "eventId")
	c.Settled()
	for name, row := range map[string]struct {
		variables map[string]any
		title     string
		holds     []any
		lacks     []any
	}{
		"all of it": {nil, "Service history", []any{vid, locked, "all events"}, nil},
		"French":    {map[string]any{"lang": "fra"}, "Historique des services", []any{vid, locked, "tous les événements"}, nil},
		"one event": {map[string]any{"filter": map[string]any{"text": vid, "from": "2020-01-01"}}, "Service history", []any{vid, "January 1, 2020"}, []any{locked}},
		"none":      {map[string]any{"filter": map[string]any{"to": "2020-01-01"}}, "Service history", []any{"There are no such events."}, []any{vid, locked}},
	} {
		answer := harness.At(c.Must(exportMutation, row.variables), "exportServiceHistory").(map[string]any)
		if code(answer) != nil || harness.At(answer, "file", "mediaType") != "application/pdf" {
			t.Fatalf("%s: %v", name, answer)
		}
		s.ResetCalls(t)
		got := fetch(t, s, c, http.MethodGet, harness.At(answer, "file", "url"))
		signedPDF(t, got)
		if calls := s.Calls(t); calls["keymanager"] != 1 || calls["identity"]+calls["vid"]+calls["masterdata"] != 0 {
			t.Errorf("%s: it asked %v", name, calls)
		}
		r := readPDF(t, got.Body)
		if r.Title != row.title {
			t.Errorf("%s: %q", name, r.Title)
		}
		for _, text := range row.holds {
			if !r.holds(fmt.Sprint(text)) {
				t.Errorf("%s: nothing says %v: %v", name, text, r.Elements)
			}
		}
		for _, text := range row.lacks {
			if r.holds(fmt.Sprint(text)) {
				t.Errorf("%s: it holds %v", name, text)
			}
		}
	}
}

func TestAnExportThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	for name, row := range map[string]struct {
		variables map[string]any
		path      string
	}{
		"a language that is not spoken": {map[string]any{"lang": "deu"}, "[input lang]"},
		"no language":                   {map[string]any{"lang": ""}, "[input lang]"},
		"days the wrong way round":      {map[string]any{"filter": map[string]any{"from": "2026-03-02", "to": "2026-03-01"}}, "[input filter from]"},
		"a long text":                   {map[string]any{"filter": map[string]any{"text": strings.Repeat("1", 17)}}, "[input filter text]"},
	} {
		got := harness.At(c.Must(exportMutation, row.variables), "exportServiceHistory").(map[string]any)
		if code(got) != "INVALID" || fmt.Sprint(harness.At(got, "errors", 0, "path")) != row.path || got["file"] != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAnUnsignedDocumentIsNeverServed(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	eventID := harness.At(generate(c, "TEMPORARY", "unsigned-1"), "event", "eventId")
	address := acknowledgement(c, eventID)
	for _, fault := range []map[string]any{{"status": 503}, {"garbage": true}} {
		s.Faults(t, map[string]any{"keymanager": fault})
		if got := fetch(t, s, c, http.MethodGet, address); got.Status != http.StatusBadGateway || got.code() != "UPSTREAM_UNAVAILABLE" ||
			bytes.Contains(got.Body, []byte("%PDF")) {
			t.Errorf("Key Manager with %v: %d %.200s", fault, got.Status, got.Body)
		}
	}
}
