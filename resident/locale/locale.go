// Package locale writes dates, times and numbers as each of the product's languages does. Their names and patterns are
// CLDR's, by way of go-playground/locales and x/text. Digits are European in every language: CLDR's default for all of
// them, Arabic included since release 42.
package locale

import (
	"strings"
	"sync"
	"time"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/ar"
	"github.com/go-playground/locales/en"
	"github.com/go-playground/locales/es"
	"github.com/go-playground/locales/fr"
	"github.com/go-playground/locales/hi"
	"github.com/go-playground/locales/kn"
	"github.com/go-playground/locales/ta"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Locale is how one language writes. It is safe for concurrent use.
type Locale struct {
	words   locales.Translator
	numbers language.Tag
	// comma parts a date from its time.
	comma string
}

// all holds them by MOSIP's code of their language. One is large to make: it knows the names of all currencies.
var all = sync.OnceValue(func() map[string]Locale {
	made := map[string]Locale{}
	for lang, words := range map[string]locales.Translator{"eng": en.New(), "fra": fr.New(), "ara": ar.New(), "hin": hi.New(),
		"tam": ta.New(), "kan": kn.New(), "spa": es.New()} {
		made[lang] = Locale{words: words, numbers: language.Make(words.Locale() + "-u-nu-latn"), comma: ", "}
	}
	arabic := made["ara"]
	arabic.comma = "، "
	made["ara"] = arabic
	return made
})

// Of answers how a language writes, which MOSIP's code names; one that is not ours writes as English does.
func Of(lang string) Locale {
	if l, ours := all()[lang]; ours {
		return l
	}
	return all()["eng"]
}

// Date answers a day, its month in words.
func (l Locale) Date(at time.Time) string { return l.words.FmtDateLong(at) }

// Time answers the time of a day to the second.
func (l Locale) Time(at time.Time) string { return l.words.FmtTimeMedium(at) }

// DateTime answers a day and its time. Which zone's they are is the caller's to say.
func (l Locale) DateTime(at time.Time) string { return l.Date(at) + l.comma + l.Time(at) }

// Number answers a whole number, its digits grouped.
func (l Locale) Number(n int) string {
	return message.NewPrinter(l.numbers).Sprint(number.Decimal(n))
}

// Pattern answers a day as a pattern of the letters d, M and y writes it, such as DD/MMM/YYYY; other characters stay.
func (l Locale) Pattern(at time.Time, pattern string) string {
	return strings.NewReplacer(
		"YYYY", at.Format("2006"), "yyyy", at.Format("2006"),
		"MMMM", l.words.MonthWide(at.Month()), "MMM", l.words.MonthAbbreviated(at.Month()), "MM", at.Format("01"),
		"DD", at.Format("02"), "dd", at.Format("02"),
	).Replace(pattern)
}

// Zone answers what a time zone is called.
func Zone(zone *time.Location) string {
	if zone == time.UTC {
		return "UTC"
	}
	return zone.String()
}
