package resident_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/resident/codes"
)

// tags are the languages as browsers name them.
var tags = map[string]string{"eng": "en-GB", "fra": "fr-CA", "ara": "ar-MA", "hin": "hi-IN", "tam": "ta-LK", "kan": "kn-IN", "spa": "es-MX"}

func speaking(lang string) context.Context {
	return resident.WithLanguage(context.Background(), tags[lang])
}

func sentences(t *testing.T, lang string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("messages/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatalf("%s: %v", lang, err)
	}
	return all
}

func TestLanguageOfARequest(t *testing.T) {
	for header, want := range map[string]string{
		"": "eng", "fr-CA": "fra", "ar": "ara", "hi-IN,en;q=0.5": "hin", "ta;q=0.4, kn;q=0.9": "kan", "es-419": "spa",
		"de, fr;q=0.3": "fra", "de": "eng", "*": "eng", "not a header;;": "eng",
		"zz-ZZ, fr": "fra", "en;q=0.1, xx, ta;q=0.9": "tam", "C, es;q=0.5, !": "spa", "fr;q=0": "eng", "fr;q=x, hi": "hin",
		strings.Repeat("de,", 32) + "fr": "eng", strings.Repeat("de,", 31) + "fr": "fra",
	} {
		if got := resident.Language(resident.WithLanguage(t.Context(), header)); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	for _, lang := range resident.Languages {
		if got := resident.Language(speaking(lang)); got != lang {
			t.Errorf("%s: %s", tags[lang], got)
		}
	}
}

// TestEveryLanguageSaysEverything: one sentence per code of the schema, per sentence that the table names, and per rule of
// ours for which MOSIP has no code, no more.
func TestEveryLanguageSaysEverything(t *testing.T) {
	wanted := map[string]bool{"TOO_MANY_PINS": true}
	for _, code := range closedList(t) {
		wanted[code] = true
	}
	for _, row := range codes.All() {
		if row.Sentence != "" {
			wanted[row.Sentence] = true
		}
	}
	keys := slices.Sorted(maps.Keys(wanted))
	for _, lang := range resident.Languages {
		all := sentences(t, lang)
		if have := slices.Sorted(maps.Keys(all)); !slices.Equal(have, keys) {
			t.Errorf("%s has %d sentences, want %d: %v", lang, len(have), len(keys), difference(have, keys))
		}
		for _, code := range closedList(t) {
			if got := resident.Message(speaking(lang), resident.ErrorCode(code)); got == "" || got != all[code] {
				t.Errorf("%s in %s: %q", code, lang, got)
			}
		}
	}
}

func difference(a, b []string) []string {
	return slices.DeleteFunc(slices.Concat(a, b), func(s string) bool { return slices.Contains(a, s) && slices.Contains(b, s) })
}

var (
	scripts = map[string]*unicode.RangeTable{"eng": unicode.Latin, "fra": unicode.Latin, "spa": unicode.Latin,
		"ara": unicode.Arabic, "hin": unicode.Devanagari, "tam": unicode.Tamil, "kan": unicode.Kannada}
	ends = map[string]string{"hin": "।"}
	// international are written alike everywhere.
	international = regexp.MustCompile(`\b(UIN|PDF|JPEG|PNG)\b`)
	// placeholder is anything that looks as if a value were to be put in.
	placeholder = regexp.MustCompile(`\{[^}]*\}|%[a-z]|\$[A-Za-z]+`)
)

func TestSentencesAreInTheirOwnScript(t *testing.T) {
	english := sentences(t, "eng")
	for _, lang := range resident.Languages {
		end := "."
		if ends[lang] != "" {
			end = ends[lang]
		}
		for key, sentence := range sentences(t, lang) {
			if lang != "eng" && sentence == english[key] {
				t.Errorf("%s in %s is English", key, lang)
			}
			if sentence != strings.TrimSpace(sentence) || !strings.HasSuffix(sentence, end) || strings.Contains(sentence, "  ") {
				t.Errorf("%s in %s does not begin and end as a sentence: %q", key, lang, sentence)
			}
			for _, r := range international.ReplaceAllString(sentence, "") {
				if (unicode.IsLetter(r) || unicode.IsMark(r)) && !unicode.In(r, scripts[lang], unicode.Inherited) {
					t.Errorf("%s in %s has %q of another script", key, lang, r)
				}
			}
			if !slices.Equal(placeholder.FindAllString(sentence, -1), placeholder.FindAllString(english[key], -1)) {
				t.Errorf("%s in %s has other placeholders than in English", key, lang)
			}
			if !slices.Equal(international.FindAllString(sentence, -1), international.FindAllString(english[key], -1)) {
				t.Errorf("%s in %s names other things than in English", key, lang)
			}
		}
	}
}

// Two keys with one sentence would be one key.
func TestNoSentenceIsThereTwice(t *testing.T) {
	for _, lang := range resident.Languages {
		seen := map[string]string{}
		for key, sentence := range sentences(t, lang) {
			if other := seen[sentence]; other != "" {
				t.Errorf("%s and %s say the same in %s: %s", key, other, lang, sentence)
			}
			seen[sentence] = key
		}
	}
}
