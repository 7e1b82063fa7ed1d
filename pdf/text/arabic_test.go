package text

import (
	"strings"
	"testing"
)

// TestEveryArabicLetterJoins: at the beginning, in the middle and at the end of a word each letter has the form that joins
// it to its neighbours, in both weights.
func TestEveryArabicLetterJoins(t *testing.T) {
	ts := typesetter(t, "ara")
	for _, letter := range "ئبتثجحخسشصضطظعغفقكلمنهيپچکگی" {
		for _, bold := range []bool{false, true} {
			for form, word := range map[string]string{".init": string(letter) + "ب", ".medi": "ب" + string(letter) + "ب", ".fina": "ب" + string(letter)} {
				at := 1
				if form == ".init" {
					at = 0
				}
				if names := glyphNames(ts, word, at, bold); !strings.Contains(names, form) {
					t.Errorf("%c in %s is drawn as%s, want %s (bold %t)", letter, word, names, form, bold)
				}
			}
		}
	}
}

// glyphNames answers what the font calls the glyphs of a character.
func glyphNames(ts *Typesetter, word string, at int, bold bool) string {
	names := ""
	for _, run := range ts.Lines(word, Style{Size: 10, Bold: bold}, 500)[0].runs {
		for _, g := range run.Glyphs {
			if g.TextIndex() == at {
				names += " " + run.Face.GlyphName(g.GlyphID)
			}
		}
	}
	return names
}
