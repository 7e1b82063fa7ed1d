package resident

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// deceptive are the characters that show a text in another order than it is in, or hide a part of it: explicit
// directions, annotations between lines and tags. No script needs them (Unicode Standard Annex #9, §2.7); the marks and
// joiners that scripts need are left.
var deceptive = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}, {Lo: 0xfff9, Hi: 0xfffb, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe007f, Stride: 1}},
}

// checkText refuses what is no text that a person wrote, in any script, and what is longer than so many characters
// (Unicode code points). path is where it stands.
func checkText(text string, longest int, path ...string) error {
	refusal := Refuse(Invalid, path...)
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unwritten):
		refusal.sentence = "TEXT_CHARACTERS"
	case utf8.RuneCountInString(text) > longest:
		refusal.sentence = "TEXT_TOO_LONG"
	case strings.ContainsFunc(text, seen):
		return nil
	}
	return refusal
}

// unwritten says whether a character is none of a text: it controls something, or deceives.
func unwritten(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || unicode.Is(deceptive, r)
}

// seen says whether a character leaves a trace on paper.
func seen(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}
