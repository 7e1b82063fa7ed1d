package text

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/pdf/fonts"
)

func typesetter(t *testing.T, lang string) *Typesetter {
	t.Helper()
	regular, bold, err := fonts.Load()
	if err != nil {
		t.Fatal(err)
	}
	return New(regular, bold, language.MustParse(lang))
}

// The shapes are those of the scripts' own rules: one glyph for a conjunct, a vowel sign moved before its consonant.
func TestShapes(t *testing.T) {
	for _, c := range []struct {
		name, lang, word, apart string
		glyphs                  int
	}{
		{"lam and alef take the forms of each other", "ara", "لا", "ل ا", 2},
		{"letters take their joined forms", "ara", "ههه", "ه ه ه", 3},
		{"Devanagari conjunct", "hin", "क्ष", "क ् ष", 1},
		{"reph goes above the next consonant", "hin", "र्क", "र ् क", 2},
		{"Kannada conjunct", "kan", "ಕ್ಷ", "ಕ ್ ಷ", 1},
		{"Tamil o is written on both sides", "tam", "கொ", "க ெ ா", 3},
		{"Tamil conjunct", "tam", "க்ஷ", "க ் ஷ", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			ts := typesetter(t, c.lang)
			ids := func(s string) []opentype.GID {
				var ids []opentype.GID
				for _, run := range ts.Lines(s, Style{Size: 10}, 500)[0].runs {
					for _, g := range run.Glyphs {
						ids = append(ids, g.GlyphID)
					}
				}
				return ids
			}
			shaped, apart := ids(c.word), ids(c.apart)
			if len(shaped) != c.glyphs || slices.Contains(shaped, 0) {
				t.Errorf("glyphs %v, want %d", shaped, c.glyphs)
			}
			if slices.Equal(shaped, slices.DeleteFunc(apart, func(id opentype.GID) bool { return id == apart[1] })) {
				t.Errorf("glyphs %v are those of the letters one by one", shaped)
			}
		})
	}
	ko := typesetter(t, "tam").Lines("கொ", Style{Size: 10}, 500)[0].runs[0]
	face := ko.Face
	for i, sign := range []rune{'ெ', 'க', 'ா'} {
		if want, _ := face.NominalGlyph(sign); ko.Glyphs[i].GlyphID != want {
			t.Errorf("part %d of கொ is glyph %d, want that of %c", i, ko.Glyphs[i].GlyphID, sign)
		}
	}
}

// Runs stay in logical order, each at the place where it is seen (UAX #9).
func TestMixedDirections(t *testing.T) {
	for _, c := range []struct{ lang, text, seen string }{
		{"eng", "abc مرحبا 123 عالم def", "abc |عالم| 123 |مرحبا| def"},
		{"ara", "abc مرحبا 123 عالم def", "def| عالم |123| مرحبا |abc"},
		{"ara", "+91 98765 43210", "+91 98765 43210"},
		{"ara", "رقم 12", "12|رقم "},
	} {
		ts := typesetter(t, c.lang)
		line := ts.Lines(c.text, Style{Size: 10}, 500)[0]
		runs := slices.Clone(line.runs)
		slices.SortStableFunc(runs, func(a, b placed) int { return int(1000 * (a.left - b.left)) })
		seen := make([]string, 0, len(runs))
		for _, run := range runs {
			seen = append(seen, string(line.text[run.Runes.Offset:run.Runes.Offset+run.Runes.Count]))
		}
		if got := merged(seen); got != merged(strings.Split(c.seen, "|")) {
			t.Errorf("%s %q is seen as %q, want %q", c.lang, c.text, got, c.seen)
		}
	}
}

// merged has no difference between one run and two of the same text.
func merged(runs []string) string {
	for i := range runs {
		runs[i] = strings.TrimSpace(runs[i])
	}
	return strings.Join(runs, "|")
}

func TestLinesFit(t *testing.T) {
	for lang, s := range map[string]string{
		"eng": strings.Repeat("some words of several lengths ", 40), "deu": strings.Repeat("Donaudampfschiff", 40),
		"ara": strings.Repeat("تم استلام طلبك رقم 1234 بنجاح ", 40), "tam": strings.Repeat("உருவாக்கப்பட்டது ", 40),
	} {
		lines := typesetter(t, lang).Lines(s, Style{Size: 9}, 150)
		if len(lines) < 10 {
			t.Errorf("%s: %d lines", lang, len(lines))
		}
		for _, line := range lines {
			if line.Width > 150 || line.Width < 30 || line.Height() < 9 {
				t.Errorf("%s: a line of %.1f by %.1f points", lang, line.Width, line.Height())
			}
		}
	}
}

func TestClean(t *testing.T) {
	for s, want := range map[string]string{
		"plain": "plain", "a\r\nb\rc\u2028d": "a\nb\nc\nd", "\x00\x1b[1m": "[1m", "a\xc3b": "a\uFFFDb",
		"\u202eabc\u202c": "abc", "क्\u200dष": "क्\u200dष", "\u200f12\u061c": "\u200f12\u061c", "\U000e0041x\ufdd0": "x",
	} {
		if got := Clean(s); got != want {
			t.Errorf("Clean(%q) = %q, want %q", s, got, want)
		}
	}
}

// A subset is a font of its own: what is embedded is read again, and each cluster has the outline that the whole font
// gives its parts.
func TestSubsetIsAFont(t *testing.T) {
	ts := typesetter(t, "tam")
	line := ts.Lines("கொடுக்க é", Style{Size: 10}, 500)[0]
	ts.Append(nil, line, 0, 0)
	if len(ts.Subsets()) == 0 {
		t.Fatal("no font was used")
	}
	for _, s := range ts.Subsets() {
		program := s.truetype()
		loader, err := opentype.NewLoader(bytes.NewReader(program))
		if err != nil {
			t.Fatal(err)
		}
		again := &fonts.Font{Tables: map[string][]byte{}}
		for _, tag := range []string{"glyf", "head", "loca", "maxp"} {
			if again.Tables[tag], err = loader.RawTable(opentype.MustNewTag(tag)); err != nil {
				t.Fatalf("table %s: %v", tag, err)
			}
		}
		if len(program) > 20_000 {
			t.Errorf("a subset of a few glyphs has %d bytes", len(program))
		}
		for id := range s.glyphs {
			data, err := sourceGlyph(again, uint32(id))
			if err != nil {
				t.Fatalf("glyph %d: %v", id, err)
			}
			if want := aligned(slices.Clone(s.glyphs[id].data)); !bytes.Equal(data, want) {
				t.Errorf("glyph %d differs from what was drawn", id)
			}
		}
	}
}
