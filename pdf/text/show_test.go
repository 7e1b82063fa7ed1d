package text

import (
	"regexp"
	"strconv"
	"testing"
)

// piece is a string of codes of a TJ operator, or how far the pen goes back.
var piece = regexp.MustCompile(`<([0-9a-f]{4})+>|-?[0-9]+`)

// TestNoCharacterStandsRightOfTheNext: readers such as pdftotext put the characters of a line in order by their places,
// and tore words apart whose kerned clusters stand for several characters.
func TestNoCharacterStandsRightOfTheNext(t *testing.T) {
	for lang, text := range map[string]string{
		"hin": "वैयक्तिकृत कार्ड डाउनलोड करें, हिन्दी", "tam": "உருவாக்கியது தேர்வு பதிவிறக்கினீர்கள் கூட்டாளர் கொள்கை",
		"kan": "ವೈಯಕ್ತಿಕ ಕಾರ್ಡ್ ದೃಢೀಕರಣ", "fra": "AVATAR, Te\u0301le\u0301charge\u0301",
	} {
		ts := typesetter(t, lang)
		for _, run := range ts.Lines(text, Style{Size: 10}, 5000)[0].runs {
			subset := ts.subset(run.Face)
			pen, last, several := 0, 0, 0
			for _, one := range piece.FindAllString(string(ts.show(nil, run.Output, []rune(text), subset)), -1) {
				if back, err := strconv.Atoi(one); err == nil {
					pen -= back
					continue
				}
				for codes := one[1 : len(one)-1]; codes != ""; codes = codes[4:] {
					code, err := strconv.ParseUint(codes[:4], 16, 16)
					if err != nil {
						t.Fatal(err)
					}
					g := subset.glyphs[code]
					if pen < last {
						t.Errorf("%s: %q stands %d left of the character before it", lang, g.text, last-pen)
					}
					last, pen = pen, pen+subset.thousandths(g.advance)
					if g.advance == 0 {
						several++
					}
				}
			}
			if lang != "fra" && several == 0 {
				t.Errorf("%s: no cluster stands for several characters", lang)
			}
		}
	}
}
