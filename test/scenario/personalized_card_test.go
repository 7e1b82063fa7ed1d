package scenario

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/resident-graph/resident-graph/test/harness"
)

const cardMutation = `mutation Card($input: CreatePersonalizedCardInput!) {
  createPersonalizedCard(input: $input) {
    event { eventId status statusDetail attributes } card { state file { url mediaType fileName } failure } errors { code message path upstreamCode } } }`

func cardInput(key string, change map[string]any) map[string]any {
	input := map[string]any{"idempotencyKey": key, "lang": "eng", "attributes": []any{
		map[string]any{"name": "photo"}, map[string]any{"name": "fullName"}, map[string]any{"name": "UIN", "masked": true},
		map[string]any{"name": "dateOfBirth", "format": "DD/MMM/YYYY"}, map[string]any{"name": "phone"}}}
	maps.Copy(input, change)
	return input
}

func makeCard(c *harness.Client, input map[string]any) map[string]any {
	return harness.At(c.Must(cardMutation, map[string]any{"input": input}), "createPersonalizedCard").(map[string]any)
}

// fetchCard answers the file behind the link of a card.
func fetchCard(t *testing.T, s *harness.Server, c *harness.Client, payload any) []byte {
	t.Helper()
	link, _ := harness.At(payload, "card", "file", "url").(string)
	resp, err := c.HTTP.Get(s.URL + link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/pdf" {
		t.Fatalf("the card: %d %s %v", resp.StatusCode, content[:min(len(content), 200)], err)
	}
	return content
}

// checkSignature checks the signature of a PDF against every byte outside its own place.
func checkSignature(t *testing.T, content []byte) {
	t.Helper()
	if err := signature(content); err != nil {
		t.Errorf("the signature: %v", err)
	}
}

// opens says whether a password opens a PDF.
func opens(content []byte, password string) bool {
	return api.Validate(bytes.NewReader(content), &model.Configuration{
		Cmd: model.VALIDATE, Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true,
		UserPW: password, Limits: model.DefaultResourceLimits()}) == nil
}

func TestAResidentMakesACardOfTheirChoice(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	sheet(c, "CARD", "photo")
	stream := c.WebSocket(wordsQuery, map[string]any{"after": c.Settled()})
	s.ResetCalls(t)
	made := makeCard(c, cardInput("card-0001", nil))
	harness.Eventually(t, "one identity is read for the card and one for each of the two messages", func() bool { return s.Calls(t)["identity"] == 3 })
	if calls := s.Calls(t); calls["keymanager"] != 1 || calls["vid"] != 0 || calls["partner"] != 0 {
		t.Errorf("a card asks %v", calls)
	}
	if code(made) != nil || harness.At(made, "event", "statusDetail") != "CARD_DOWNLOADED" || harness.At(made, "card", "state") != "DOWNLOADED" ||
		fmt.Sprint(harness.At(made, "event", "attributes")) != "[photo fullName UIN dateOfBirth phone]" {
		t.Fatalf("made: %v", made)
	}
	for _, word := range []string{"NEW", "CARD_DOWNLOADED"} {
		if got := harness.At(stream.Next().Data, "eventChanged", "event", "statusDetail"); got != word {
			t.Errorf("the event is %v, want %s", got, word)
		}
	}
	content := fetchCard(t, s, c, made)
	checkSignature(t, content)
	text := pdfText(t, content)
	for _, want := range []string{r.Names["eng"], r.UIN[:1] + strings.Repeat("X", len(r.UIN)-3) + r.UIN[len(r.UIN)-2:], r.Phone, "Phone number"} {
		if !strings.Contains(text, want) {
			t.Errorf("the card does not show what was chosen: %q", want)
		}
	}
	for _, hidden := range []string{r.UIN, r.Email} {
		if strings.Contains(text, hidden) {
			t.Error("the card shows what was not chosen")
		}
	}
	again := makeCard(c, cardInput("card-0001", nil))
	if harness.At(again, "event", "eventId") != harness.At(made, "event", "eventId") || !bytes.Equal(fetchCard(t, s, c, again), content) {
		t.Error("the same key makes another card")
	}
	link, _ := harness.At(made, "card", "file", "url").(string)
	resp, err := c.HTTP.Get(s.URL + link)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusGone {
		t.Errorf("the link opens twice: %d", resp.StatusCode)
	}
	harness.Eventually(t, "the card is audited", func() bool {
		for _, record := range s.Audits(t) {
			if record["eventId"] == "RES-SER-292" {
				return true
			}
		}
		return false
	})
}

func TestADoubleClickMakesOneCard(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	s.ResetCalls(t)
	var wg sync.WaitGroup
	events := make([]any, 5)
	for i := range events {
		wg.Go(func() { events[i] = harness.At(makeCard(c, cardInput("card-twice", nil)), "event", "eventId") })
	}
	wg.Wait()
	for _, e := range events {
		if e == nil || e != events[0] {
			t.Fatalf("five clicks made %v", events)
		}
	}
	if n := s.Calls(t)["keymanager"]; n != 1 {
		t.Errorf("five clicks signed %d times", n)
	}
}

func TestACardInEveryLanguageIsSignedAndReadsBack(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	for _, lang := range []string{"eng", "fra", "ara", "hin", "tam", "kan", "spa"} {
		made := makeCard(c, cardInput("card-"+lang+"-1", map[string]any{"lang": lang}))
		if code(made) != nil {
			t.Fatalf("%s: %v", lang, made)
		}
		content := fetchCard(t, s, c, made)
		checkSignature(t, content)
		if !opens(content, "") {
			t.Errorf("%s: the card cannot be opened", lang)
		}
		name := cmp.Or(r.Names[lang], r.Names["eng"])
		title := textOf(t, "labels", lang, "word.DOWNLOAD_PERSONALIZED_CARD")
		if card := readPDF(t, content); !card.holds(name) || !card.holds(r.Phone) || !card.holds(title) || card.Title != title {
			t.Errorf("%s: the card does not read back: %q %v", lang, card.Title, card.Elements)
		}
	}
}

func TestACardOpensWithThePasswordOfTheCountry(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "PERSONALIZED_CARD_PASSWORD=fullName,dateOfBirth")
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	day, _ := harness.At(c.Must(revealAttributeMutation, map[string]any{"name": "dateOfBirth"}), "revealAttribute", "value").(string)
	content := fetchCard(t, s, c, makeCard(c, cardInput("card-0001", nil)))
	password := strings.ToUpper(string([]rune(r.Names["eng"])[:4])) + day[len(day)-4:]
	if opens(content, "") || !opens(content, password) {
		t.Error("the password of a card is not the country's")
	}
	checkSignature(t, content)
}

func TestACardWhosePasswordCannotBeMadeIsRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "PERSONALIZED_CARD_PASSWORD=fullName,nameOfNobody")
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	made := makeCard(c, cardInput("card-0001", nil))
	if message := fmt.Sprint(harness.At(made, "errors", 0, "message")); code(made) != "CONFLICT" || made["event"] != nil || !strings.Contains(message, "registration centre") {
		t.Errorf("without a field of its password: %v", made)
	}
}

func TestACardThatIsNotRightIsRefusedWithItsPath(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	with := func(last map[string]any) map[string]any {
		return map[string]any{"attributes": []any{map[string]any{"name": "fullName"}, map[string]any{"name": "gender"}, last}}
	}
	for name, bad := range map[string]struct {
		change     map[string]any
		code, path string
	}{
		"a short key":           {map[string]any{"idempotencyKey": "short"}, "INVALID", "[input idempotencyKey]"},
		"two attributes":        {map[string]any{"attributes": with(nil)["attributes"].([]any)[:2]}, "INVALID", "[input attributes]"},
		"another language":      {map[string]any{"lang": "deu"}, "INVALID", "[input lang]"},
		"a language that hurts": {map[string]any{"lang": "../"}, "INVALID", "[input lang]"},
		"an unknown name":       {with(map[string]any{"name": "proofOfIdentity"}), "INVALID", "[input attributes 2 name]"},
		"a name twice":          {with(map[string]any{"name": "gender"}), "INVALID", "[input attributes 2 name]"},
		"an unknown format":     {with(map[string]any{"name": "dateOfBirth", "format": "%s"}), "INVALID", "[input attributes 2 format]"},
		"a format of nothing":   {with(map[string]any{"name": "phone", "format": "phone"}), "INVALID", "[input attributes 2 format]"},
		"a mask that is none":   {with(map[string]any{"name": "photo", "masked": true}), "INVALID", "[input attributes 2 masked]"},
	} {
		got := makeCard(c, cardInput("refused-card", bad.change))
		if code(got) != bad.code || fmt.Sprint(harness.At(got, "errors", 0, "path")) != bad.path || got["event"] != nil || got["card"] != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestThereIsNoCardWithoutASignature(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	for service, key := range map[string]string{"keymanager": "card-unsigned", "identity": "card-without"} {
		s.Faults(t, map[string]any{service: map[string]any{"status": 503}})
		got := makeCard(c, cardInput(key, nil))
		if code(got) != "UPSTREAM_UNAVAILABLE" || harness.At(got, "event", "status") != "FAILED" || harness.At(got, "card", "state") != "FAILED" ||
			harness.At(got, "card", "file") != nil || harness.At(got, "card", "failure") != "UPSTREAM_UNAVAILABLE" {
			t.Errorf("without %s: %v", service, got)
		}
		s.Faults(t, map[string]any{})
		if again := makeCard(c, cardInput(key, nil)); harness.At(again, "event", "eventId") != harness.At(got, "event", "eventId") || code(again) != "UPSTREAM_UNAVAILABLE" {
			t.Errorf("the refusal again: %v", again)
		}
	}
}

// TestACardInFullNeedsARecentSignIn: a card is no way round the sign-in that a reveal asks for.
func TestACardInFullNeedsARecentSignIn(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "STEP_UP_AGE=1ns")
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	answer := c.Do(cardMutation, map[string]any{"input": cardInput("card-stale", nil)})
	if answer.Code("createPersonalizedCard") != "STEP_UP_REQUIRED" || answer.Data != nil {
		t.Fatalf("a phone number in full: %v %v", answer.Data, answer.Errors)
	}
	if calls := s.Calls(t); calls["identity"]+calls["keymanager"] != 0 {
		t.Errorf("for a refusal it asked %v", calls)
	}
	masked := cardInput("card-stale", map[string]any{"attributes": []any{map[string]any{"name": "fullName"},
		map[string]any{"name": "UIN", "masked": true}, map[string]any{"name": "phone", "masked": true}}})
	if made := makeCard(c, masked); code(made) != nil || harness.At(made, "card", "state") != "DOWNLOADED" {
		t.Errorf("all of it masked, with the key of the refusal: %v", made)
	}
}
