package text

import (
	"strings"
	"testing"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// TestNoLineBreaksACharacter: also where a word is longer than its line, a letter keeps its marks and a conjunct its parts.
func TestNoLineBreaksACharacter(t *testing.T) {
	for lang, word := range map[string]string{
		"ara": "والسَّلامُعليكمورحمةاللهوبركاتُه", "hin": "क्षत्रियकर्तव्यविद्यार्थीकृष्णाश्रीज्ञान",
		"kan": "ಕ್ಷೇತ್ರಕರ್ನಾಟಕಜ್ಞಾನಶ್ರೀಕೊಟ್ಟಿದ್ದಾರೆ", "tam": "கொடுக்ககௌரிஸ்ரீக்ஷேத்திரம்போய்விட்டது", "fra": "cafe\u0301te\u0301s",
	} {
		ts := typesetter(t, lang)
		starts := map[int]bool{}
		long := strings.Repeat(word, 3)
		at := 0
		for tokens := graphemes.FromString(long); tokens.Next(); {
			starts[at] = true
			at += len([]rune(tokens.Value()))
		}
		for width := 12.0; width < 120; width += 3 {
			lines := ts.Lines(long, Style{Size: 10}, width)
			for i, line := range lines {
				first := line.runs[0].Runes.Offset
				if !starts[first] {
					t.Errorf("%s: line %d of %d at %.0f points begins inside a character: %q", lang, i, len(lines), width, string(line.text[first:]))
				}
			}
		}
	}
}
