package resident

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// maskingRules are the country's masking rules by attribute; maskText hides every other. They are MOSIP's: of an e-mail
// address the first three letters stay, of a phone number the last four digits, of anything else the first character and
// the last two.
var maskingRules = map[string]func(string) string{
	"email": func(address string) string { return shownOf(maskEmail(address), address) },
	"phone": func(number string) string { return shownOf(maskPhone(number), number) },
}

// mask hides the value of an attribute by the country's rules; nothing stays nothing.
func mask(attribute, value string) string {
	rule, named := maskingRules[attribute]
	switch {
	case value == "":
		return ""
	case named:
		return rule(value)
	case emailShape.MatchString(value): // a country may call its addresses anything
		return maskingRules["email"](value)
	}
	return maskText(value)
}

// shownOf answers what a rule shows of a value, and what maskText does when the value is not of the rule's kind.
func shownOf(m *Masked, value string) string {
	if m == nil {
		return maskText(value)
	}
	return m.Masked
}

// maskText shows the first character and the last two, and of a short text less: at least half of it stays hidden. A
// character is what a reader takes for one, a letter with its vowel signs. Blanks and punctuation stay, so that dates
// and addresses keep their shape.
func maskText(text string) string {
	var parts []string
	count := 0
	for tokens := graphemes.FromString(text); tokens.Next(); {
		parts = append(parts, tokens.Value())
		if hides(tokens.Value()) {
			count++
		}
	}
	first := min(1, count/2)
	last := min(2, count/2-first)
	var masked strings.Builder
	at := 0
	for _, part := range parts {
		if hides(part) {
			if at >= first && at < count-last {
				part = "X"
			}
			at++
		}
		masked.WriteString(part)
	}
	return masked.String()
}

// hides says whether a character tells something: a letter, a digit or a sign.
func hides(character string) bool {
	return strings.ContainsFunc(character, func(r rune) bool { return !unicode.IsSpace(r) && !unicode.IsPunct(r) })
}
