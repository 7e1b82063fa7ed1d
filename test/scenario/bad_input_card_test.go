package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const cardInputMutation = `mutation ($input: CreatePersonalizedCardInput!) { createPersonalizedCard(input: $input) {
  event { status } card { state } errors { code message path upstreamCode } } }`

const uinCardInput = `mutation ($key: String!) { fetchUinCard(input: {idempotencyKey: $key}) {
  event { status } card { state } errors { code message path upstreamCode } } }`

const attributeInput = `mutation ($name: String!, $format: String) { revealAttribute(input: {name: $name, format: $format}) {
  value errors { code message path upstreamCode } } }`

const exportInput = `mutation ($filter: ServiceHistoryFilter, $lang: LanguageCode) { exportServiceHistory(input: {filter: $filter, lang: $lang}) {
  file { url } errors { code message path upstreamCode } } }`

// RES-SER-410, 427, 439, 451, 479, 480, 509, 521: bad input about cards and attributes.
func TestBadInputAboutCardsIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0")
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	last := func(a map[string]any) []any {
		return []any{map[string]any{"name": "fullName"}, map[string]any{"name": "phone"}, a}
	}
	rows := map[string]badInput{
		"no signature": {cardInputMutation, map[string]any{"input": cardInput(key("unsigned"), nil)}, map[string]any{"keymanager": map[string]any{"status": 503}},
			"UPSTREAM_UNAVAILABLE", "", "", "http-503", true},
		"a refused signature": {cardInputMutation, map[string]any{"input": cardInput(key("refused"), nil)}, refusing("keymanager", "POST", "KER-KMS-012", "Certificate is not valid"),
			"UPSTREAM_UNAVAILABLE", "", "", "KER-KMS-012", true},
		"no identity": {cardInputMutation, map[string]any{"input": cardInput(key("no identity"), nil)}, refusing("identity", "", "IDR-IDC-007", "No Record(s) found"),
			"NOT_FOUND", "ID_NOT_FOUND", "", "IDR-IDC-007", true},
		"a UIN card without an identity": {uinCardInput, map[string]any{"key": key("uin, no identity")}, refusing("identity", "", "IDR-IDC-007", "No Record(s) found"),
			"NOT_FOUND", "ID_NOT_FOUND", "", "IDR-IDC-007", false},
		"a UIN card with a short key":   {query: uinCardInput, variables: map[string]any{"key": "short"}, code: "INVALID", path: "input.idempotencyKey"},
		"no such attribute":             {query: attributeInput, variables: map[string]any{"name": "individualBiometrics"}, code: "NOT_FOUND", path: "input.name"},
		"no attribute":                  {query: attributeInput, variables: map[string]any{"name": ""}, code: "NOT_FOUND", path: "input.name"},
		"the photo as a text":           {query: attributeInput, variables: map[string]any{"name": "photo"}, code: "NOT_FOUND", path: "input.name"},
		"a format of none":              {query: attributeInput, variables: map[string]any{"name": "phone", "format": ""}, code: "INVALID", path: "input.format"},
		"a format of another attribute": {query: attributeInput, variables: map[string]any{"name": "dateOfBirth", "format": "city"}, code: "INVALID", path: "input.format"},
		"an export in no language":      {query: exportInput, variables: map[string]any{"lang": "deu"}, code: "INVALID", sentence: "LANGUAGE_NOT_OFFERED", path: "input.lang"},
		"an export without an end":      {query: exportInput, variables: map[string]any{"filter": map[string]any{"to": "9999-12-31"}}, code: "INVALID", path: "input.filter.to"},
		"an export from nowhere":        {query: exportInput, variables: map[string]any{"filter": map[string]any{"from": "9999-12-31"}}, code: "INVALID", path: "input.filter.from"},
		"an export of no days":          {query: exportInput, variables: map[string]any{"filter": map[string]any{"from": "2026-03-02", "to": "2026-03-01"}}, code: "INVALID", path: "input.filter.from"},
	}
	for name, bad := range map[string]struct {
		change         map[string]any
		sentence, path string
	}{
		"two attributes":     {map[string]any{"attributes": names(2, "fullName")}, "", "input.attributes"},
		"51 attributes":      {map[string]any{"attributes": names(51, "fullName")}, "", "input.attributes"},
		"none":               {map[string]any{"attributes": []any{}}, "", "input.attributes"},
		"another language":   {map[string]any{"lang": "deu"}, "LANGUAGE_NOT_OFFERED", "input.lang"},
		"no language":        {map[string]any{"lang": ""}, "LANGUAGE_NOT_OFFERED", "input.lang"},
		"not in the schema":  {map[string]any{"attributes": last(map[string]any{"name": "proofOfIdentity"})}, "", "input.attributes.2.name"},
		"an attribute twice": {map[string]any{"attributes": last(map[string]any{"name": "phone"})}, "", "input.attributes.2.name"},
		"no such format":     {map[string]any{"attributes": last(map[string]any{"name": "dateOfBirth", "format": "%s"})}, "", "input.attributes.2.format"},
		"a masked photo":     {map[string]any{"attributes": last(map[string]any{"name": "photo", "masked": true})}, "", "input.attributes.2.masked"},
		"a short key":        {map[string]any{"idempotencyKey": "short"}, "", "input.idempotencyKey"},
	} {
		rows["a card: "+name] = badInput{query: cardInputMutation, variables: map[string]any{"input": cardInput(key("card "+name), bad.change)},
			code: "INVALID", sentence: bad.sentence, path: bad.path}
	}
	refuseAll(t, s, c, rows)
	fetchUinCard(c, "as it is now")
	request := newestRequest(t, s)
	request.Status = "ISSUED"
	s.MoveCardRequest(t, request)
	refuseAll(t, s, c, map[string]badInput{"a UIN card that is not made": {query: uinCardInput, variables: map[string]any{"key": key("not made")}, code: "NOT_READY"}})
}

// RES-SER-448: who has no perpetual VID.
func TestWhoHasNoPerpetualVidIsToldSo(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	refuseAll(t, s, c, map[string]badInput{"none": {query: attributeInput, variables: map[string]any{"name": "perpetualVID"},
		faults: refusing("vid", "GET", "IDR-IDC-007", "No Record(s) found"), code: "NOT_FOUND", path: "input.name"}})
}

// refusesFile fetches a link that must be refused, in a language, and checks all that is told.
func refusesFile(t *testing.T, s *harness.Server, c *harness.Client, name string, address any, status int, code, sentence string) {
	t.Helper()
	got := fetch(t, s, c, http.MethodGet, address, "Accept-Language", "ta")
	var told struct{ Code, Detail, TraceID string }
	if err := json.Unmarshal(got.Body, &told); err != nil || got.Status != status || told.Code != code || told.TraceID == "" ||
		told.Detail != sentenceIn(t, "tam", sentence) || bytes.Contains(got.Body, []byte("%PDF")) || got.Header.Get("Content-Disposition") != "" {
		t.Errorf("%s: %d %.300s", name, got.Status, got.Body)
	}
}

// RES-SER-411, 412, 419, 472, 479: what Data Share answers in place of a card is neither served nor kept, and the link is
// good once it answers with the card.
func TestWhatIsNoWholeCardIsNeitherServedNorKept(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "CARD_MAX_MB=1", "UPSTREAM_TIMEOUT=3s")
	s.Settings(t, map[string]any{"dataShareGets": -1})
	c := s.SignIn(t, resident(t, s).UIN)
	eventID := harness.At(fetchUinCard(c, "uin-card-1"), "event", "eventId")
	address := link(c, eventID)
	for name, settings := range map[string]map[string]any{
		"JSON": {"pdfAsJson": true}, "half a PDF": {"pdfCut": true}, "more than CARD_MAX_MB": {"pdfPadMB": 1}, "far more": {"pdfPadMB": 20},
	} {
		s.Settings(t, settings)
		refusesFile(t, s, c, name, address, http.StatusBadGateway, "UPSTREAM_UNAVAILABLE", "UPSTREAM_UNAVAILABLE")
		s.Settings(t, map[string]any{"pdfAsJson": false, "pdfCut": false, "pdfPadMB": 0})
	}
	for name, fault := range map[string]map[string]any{"500": {"status": 500}, "429": {"status": 429}, "down": {"down": true}, "garbage": {"garbage": true}, "404": {"status": 404}} {
		s.Faults(t, map[string]any{"datashare": fault})
		refusesFile(t, s, c, name, address, http.StatusBadGateway, "UPSTREAM_UNAVAILABLE", "UPSTREAM_UNAVAILABLE")
	}
	s.Faults(t, map[string]any{"datashare": map[string]any{"hang": true}})
	refusesFile(t, s, c, "hang", address, http.StatusGatewayTimeout, "UPSTREAM_TIMEOUT", "UPSTREAM_TIMEOUT")
	s.Faults(t, map[string]any{})
	var kept int
	if err := database(t, s).QueryRow(t.Context(), "select count(*) from file where length(sealed) > 0").Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d files are kept, %v", kept, err)
	}
	if event := harness.At(c.Must(cardQuery, map[string]any{"event": eventID}), "viewer", "event"); harness.At(event, "card", "state") != "READY" {
		t.Errorf("afterwards: %v", event)
	}
	harness.Eventually(t, "the link is good", func() bool { // once the breaker lets calls through
		return fetch(t, s, c, http.MethodHead, address).Status == http.StatusOK
	})
	signedPDF(t, fetch(t, s, c, http.MethodGet, address))
	refusesFile(t, s, c, "used", address, http.StatusGone, "EXPIRED", "EXPIRED")
	refusesFile(t, s, c, "none", "/files/none", http.StatusNotFound, "NOT_FOUND", "NOT_FOUND")
	refusesFile(t, s, c, "changed", fmt.Sprint(address)[:20]+"A"+fmt.Sprint(address)[21:], http.StatusNotFound, "NOT_FOUND", "NOT_FOUND")
}

// The share is used up and nobody else has the card: RES-SER-472, DAT-SER-006.
func TestACardThatIsUsedUpIsToldInFull(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	s.Settings(t, map[string]any{"dataShareGets": 1})
	c := s.SignIn(t, resident(t, s).UIN)
	eventID := harness.At(fetchUinCard(c, "uin-card-1"), "event", "eventId")
	s.Settings(t, map[string]any{"pdfCut": true})
	refusesFile(t, s, c, "the only fetch", link(c, eventID), http.StatusBadGateway, "UPSTREAM_UNAVAILABLE", "UPSTREAM_UNAVAILABLE")
	s.Settings(t, map[string]any{"pdfCut": false})
	s.Faults(t, map[string]any{"digitalcard": map[string]any{"refuse": map[string]any{"errorCode": "DCS-011", "message": "Digital card is not generated"}}})
	refusesFile(t, s, c, "used up", link(c, eventID), http.StatusGone, "EXPIRED", "EXPIRED")
	if card := harness.At(c.Must(cardQuery, map[string]any{"event": eventID}), "viewer", "event", "card"); harness.At(card, "state") != "EXPIRED" || harness.At(card, "failure") != "EXPIRED" {
		t.Errorf("afterwards: %v", card)
	}
}
