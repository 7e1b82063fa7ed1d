package text

import (
	"strings"
	"unicode"
)

// Clean answers s as a document may show it: invalid UTF-8 becomes U+FFFD, every kind of line end becomes \n, and what
// has no place in data is dropped: control characters, explicit bidirectional formatting (which can make a line read
// otherwise than it is stored), noncharacters. The marks that Arabic and Indic spelling needs stay.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			return '\n'
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		case r == 0xAD, r == 0xFEFF, 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x206F,
			0xFFF9 <= r && r <= 0xFFFB, 0xE0000 <= r && r <= 0xE0FFF:
			return -1
		}
		return r
	}, s)
}

// ignorable says that r shows nothing and tells a reader nothing: it steers shaping, order or breaking alone.
func ignorable(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}
