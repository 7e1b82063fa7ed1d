package pdf_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"github.com/resident-graph/resident-graph/pdf"
)

// expected is the outline of s.document(), element by element in the order of reading.
func (s sample) expected() string {
	var b strings.Builder
	add := func(lines ...string) { b.WriteString(strings.Join(lines, "\n") + "\n") }
	add("Document", "H1 "+s.title, "P "+s.sentence)
	add("Table", "TR", "TH "+s.label, "TD "+s.value, "TR", "TH VID", "TD XXXX XXXX 1234")
	add("H2 "+s.head[0], "Table", "TR", "TH "+s.head[0], "TH "+s.head[1], "TH "+s.head[2])
	for range 3 {
		add("TR", "TD "+s.row[0], "TD "+s.row[1], "TD "+s.row[2])
	}
	add("Sect", "P "+s.title, "P XXXX XXXX 1234", "Figure", "P "+s.value)
	add("L", "LI", "Lbl "+s.head[2], "LBody 1990/05/17", "LI", "Lbl "+s.head[1], "LBody +91 98765 43210")
	add("Figure", "Artifact "+s.note+" 1 / 1")
	return b.String()
}

// spaced has no difference between one gap and several, which readers tell apart by distance only.
func spaced(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

func TestEveryLanguageReadsBackAsItWasWritten(t *testing.T) {
	tags := map[string]string{"eng": "en", "fra": "fr", "spa": "es", "ara": "ar", "hin": "hi", "kan": "kn", "tam": "ta"}
	for _, s := range samples {
		t.Run(s.lang, func(t *testing.T) {
			file, report := render(t, s.document(), pdf.Options{})
			if report != (pdf.Report{Pages: 1}) {
				t.Errorf("report %+v", report)
			}
			r := read(t, file, "")
			if r.Title != s.title || r.Lang != tags[s.lang] || !r.Marked || r.Pages != 1 {
				t.Errorf("title %q, language %q, tagged %v, %d pages", r.Title, r.Lang, r.Marked, r.Pages)
			}
			if diff := cmp.Diff(s.expected(), spaced(r.outline())); diff != "" {
				t.Errorf("as written (-) and as read (+):\n%s", diff)
			}
			for i, figure := range r.of("Figure") {
				if want := []string{s.label, s.note}[i]; figure.Alt != want {
					t.Errorf("figure %d is told as %q, want %q", i, figure.Alt, want)
				}
			}
		})
	}
}

// What is hard in each script: vowels that are written before the consonant they follow, conjuncts, marks above and below,
// joined letters, and scripts mixed in one line.
func TestHardWordsReadBack(t *testing.T) {
	for lang, words := range map[string][]string{
		"tam": {"கொ", "கௌ", "க்ஷ", "ஸ்ரீ", "பெற்றோர் VID 1234 என்று", "ஜோஸப்"},
		"hin": {"क्ष", "र्क", "हिन्दी", "ट्र ठ्ठ द्ध", "विद्यार्थियों", "ज़रूरी फ़ॉर्म", "e-mail पर OTP 123456 भेजा"},
		"kan": {"ಕ್ಷ", "ರ್ಕ", "ಸ್ತ್ರೀ", "ಕೊಟ್ಟಿದ್ದಾರೆ", "ಜ್ಯೋತಿ", "UIN ಸಂಖ್ಯೆ 98"},
		"ara": {"لا", "الله", "مُحَمَّد علي", "ﻻ", "الإسلام", "رقم VID هو 12 من 34", "بريد name@example.org فقط"},
		"eng": {"office affluent", "e\u0301te\u0301", "مرحبا 123 عالم", "abc مرحبا 123 عالم def", "नमस्ते and வணக்கம்"},
	} {
		t.Run(lang, func(t *testing.T) {
			d := &pdf.Document{Title: "words", Lang: lang}
			for _, w := range words {
				d.Blocks = append(d.Blocks, pdf.Paragraph{Text: w})
			}
			file, _ := render(t, d, pdf.Options{})
			var got []string
			for _, p := range read(t, file, "").of("P") {
				got = append(got, spaced(p.Text))
			}
			if diff := cmp.Diff(words, got); diff != "" {
				t.Errorf("as written (-) and as read (+):\n%s", diff)
			}
		})
	}
}

func TestArabicIsMirrored(t *testing.T) {
	file, _ := render(t, samples[3].document(), pdf.Options{})
	r := read(t, file, "")
	const right = 595.276 - 54
	if h := r.of("H1")[0]; h.Right < right-1 || h.Right > right+1 {
		t.Errorf("the heading ends at %.1f, not at the right margin %.1f", h.Right, right)
	}
	row := r.of("TH")[2:5]
	if row[0].Left < row[1].Right || row[1].Left < row[2].Right {
		t.Errorf("columns do not run from right to left: %+v", row)
	}
}

func TestFilesAreWellFormed(t *testing.T) {
	api.DisableConfigDir()
	for _, s := range samples {
		for _, password := range []string{"", "passw0rd"} {
			t.Run(fmt.Sprintf("%s%q", s.lang, password), func(t *testing.T) {
				file, _ := render(t, s.document(), pdf.Options{Password: password})
				strict := model.NewDefaultConfiguration()
				strict.ValidationMode, strict.UserPW = model.ValidationStrict, password
				if err := api.Validate(bytes.NewReader(file), strict); err != nil {
					t.Errorf("pdfcpu: %v", err)
				}
			})
		}
	}
}
