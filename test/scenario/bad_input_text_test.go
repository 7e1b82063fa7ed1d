package scenario

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/resident-graph/resident-graph/test/harness"
)

const shareInputMutation = `mutation ($input: ShareCredentialInput!) { shareCredential(input: $input) {
  event { status } errors { code message path upstreamCode } } }`

const grievanceInput = `mutation ($event: EventID!, $key: String!, $text: String!) {
  reportGrievance(input: {eventId: $event, idempotencyKey: $key, message: $text}) { grievance { message } errors { code message path upstreamCode } } }`

// Texts that no person wrote, or that are not what they look like.
var badTexts = map[string]struct{ text, sentence string }{
	"nothing":                  {"", "INVALID"},
	"blanks":                   {" \n\t\u00a0\u2003 ", "INVALID"},
	"what cannot be seen":      {"\u200b\u200d\u2060\ufeff", "INVALID"},
	"a filler":                 {"\u3164\u115f", "INVALID"},
	"marks without a letter":   {"\u0301\u0bcd", "INVALID"},
	"a NUL":                    {"a\x00b", "TEXT_CHARACTERS"},
	"an escape":                {"a\x1b[31mb", "TEXT_CHARACTERS"},
	"a C1 control":             {"a\u0085b", "TEXT_CHARACTERS"},
	"an override to the left":  {"pay \u202e001 rof", "TEXT_CHARACTERS"},
	"an override to the right": {"\u202dabc", "TEXT_CHARACTERS"},
	"an embedding":             {"\u202babc\u202c", "TEXT_CHARACTERS"},
	"an isolate":               {"\u2067abc\u2069", "TEXT_CHARACTERS"},
	"an annotation":            {"a\ufff9b\ufffac\ufffb", "TEXT_CHARACTERS"},
	"a text in tags":           {"Opening an account\U000e0061\U000e0062\U000e0063", "TEXT_CHARACTERS"},
	"too long":                 {strings.Repeat("a", 1025), "TEXT_TOO_LONG"},
	"too long in Tamil":        {strings.Repeat("வ", 1025), "TEXT_TOO_LONG"},
	"too long in Arabic":       {strings.Repeat("ع", 1025), "TEXT_TOO_LONG"},
	"too long in pictures":     {strings.Repeat("\U0001F3E6", 1025), "TEXT_TOO_LONG"},
}

// Texts that people write, each as long as it may be.
var goodTexts = map[string]string{
	"ASCII":            strings.Repeat("a", 1024),
	"Tamil":            strings.Repeat("வங்கி ", 170) + "கணக்",
	"Arabic":           strings.Repeat("فتح حساب ", 113) + "\u200fفتح\u200e.",
	"Hindi, joined":    strings.Repeat("क्\u200dष", 256),
	"pictures":         strings.Repeat("\U0001F3E6", 1024),
	"several lines":    "Opening an account:\r\n\t1. for me\n\t2. for my mother",
	"one small letter": "x",
}

// RES-SER-410, 414, 512, 514, 515: a text is refused for what it is and not for its script; length is in characters.
func TestATextOfAResidentIsTakenInEveryScript(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "SHARE_HANDED_OVER_AFTER=1h")
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	event := harness.At(generate(c, "TEMPORARY", "to complain of"), "event", "eventId")
	rows := map[string]badInput{}
	for name, bad := range badTexts {
		input := shareInput(c, key("share "+name))
		input["purpose"] = bad.text
		rows["purpose: "+name] = badInput{query: shareInputMutation, variables: map[string]any{"input": input}, code: "INVALID", sentence: bad.sentence, path: "input.purpose"}
		rows["grievance: "+name] = badInput{query: grievanceInput, variables: map[string]any{"event": event, "key": key("grievance " + name), "text": bad.text},
			code: "INVALID", sentence: bad.sentence, path: "input.message"}
	}
	refuseAll(t, s, c, rows)
	for name, text := range goodTexts {
		if n := utf8.RuneCountInString(text); n > 1024 {
			t.Fatalf("%s has %d characters", name, n)
		}
		input := shareInput(c, "good text, "+name)
		input["purpose"] = text
		if got := shared(c, input); code(got) != nil || harness.At(got, "share", "purpose") != text {
			t.Errorf("%s: %v", name, got["errors"])
		}
	}
}

// What a resident writes as a key is a text too.
func TestAKeyIsCountedInCharacters(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	rows := map[string]badInput{}
	for name, text := range map[string]string{"none": "", "seven": "1234567", "seven in Tamil": strings.Repeat("வ", 7), "256": strings.Repeat("k", 256), "with a NUL": "12345678\x00"} {
		rows[name] = badInput{query: generateMutation, variables: map[string]any{"type": "TEMPORARY", "key": text}, code: "INVALID", path: "input.idempotencyKey"}
	}
	refuseAll(t, s, c, rows)
	long := strings.Repeat("வ", 255)
	first, again := generate(c, "TEMPORARY", long), generate(c, "TEMPORARY", long)
	if code(first) != nil || fmt.Sprint(harness.At(first, "event", "eventId")) != fmt.Sprint(harness.At(again, "event", "eventId")) {
		t.Errorf("a key of 255 characters: %v", first)
	}
}
