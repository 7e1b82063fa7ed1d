package locale_test

import (
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/resident/locale"
)

var afternoon = time.Date(2026, 10, 3, 13, 5, 9, 0, time.FixedZone("GMT+05:30", 19800))

func TestEachLanguageWritesAsItsReadersDo(t *testing.T) {
	for lang, want := range map[string]struct{ dateTime, number, pattern string }{
		"eng": {"October 3, 2026, 1:05:09 pm", "1,234,567", "03/Oct/2026"},
		"fra": {"3 octobre 2026, 13:05:09", "1\u00a0234\u00a0567", "03/oct./2026"},
		"ara": {"3 أكتوبر 2026، 1:05:09 م", "1,234,567", "03/أكتوبر/2026"},
		"hin": {"3 अक्तूबर 2026, 1:05:09 pm", "12,34,567", "03/अक्तू॰/2026"},
		"tam": {"3 அக்டோபர், 2026, பிற்பகல் 1:05:09", "12,34,567", "03/அக்./2026"},
		"kan": {"ಅಕ್ಟೋಬರ್ 3, 2026, 01:05:09 ಅಪರಾಹ್ನ", "1,234,567", "03/ಅಕ್ಟೋ/2026"},
		"spa": {"3 de octubre de 2026, 13:05:09", "1.234.567", "03/oct./2026"},
		"deu": {"October 3, 2026, 1:05:09 pm", "1,234,567", "03/Oct/2026"},
	} {
		l := locale.Of(lang)
		if got := l.DateTime(afternoon); got != want.dateTime {
			t.Errorf("%s: %q, want %q", lang, got, want.dateTime)
		}
		if got := l.Number(1234567); got != want.number {
			t.Errorf("%s: %q, want %q", lang, got, want.number)
		}
		if got := l.Pattern(afternoon, "DD/MMM/YYYY"); got != want.pattern {
			t.Errorf("%s: %q, want %q", lang, got, want.pattern)
		}
	}
}

// TestNoLanguageSpeaksEnglish: every language of ours has a name of its own for each month that English calls otherwise.
func TestNoLanguageSpeaksEnglish(t *testing.T) {
	for _, lang := range resident.Languages[1:] {
		for month := time.January; month <= time.December; month++ {
			day := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
			if locale.Of(lang).Date(day) == locale.Of("eng").Date(day) {
				t.Errorf("%s: %s", lang, locale.Of(lang).Date(day))
			}
		}
	}
}

func TestAZoneIsNamed(t *testing.T) {
	for want, zone := range map[string]*time.Location{"UTC": time.UTC, "GMT+05:30": afternoon.Location()} {
		if got := locale.Zone(zone); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
