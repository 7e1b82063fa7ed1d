package pdf_test

import (
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/pdf"
)

// TestAHeadingStaysWithItsTable: wherever a page ends, a heading, the header of its table and the first row are on one page.
func TestAHeadingStaysWithItsTable(t *testing.T) {
	for lines := 30; lines < 56; lines += 2 {
		d := &pdf.Document{Title: "T", Lang: "tam", Blocks: []pdf.Block{
			pdf.Paragraph{Text: strings.Repeat("x\n", lines)}, pdf.Heading{Level: 1, Text: "Heading"},
			pdf.Table{Head: []string{"Head", "Other"}, Widths: []float64{1, 4},
				Rows: [][]string{{"மெய்நிகர் எண் மெய்நிகர் எண்", "value"}, {"more", "value"}}},
		}}
		b, _ := render(t, d, pdf.Options{})
		r := read(t, b, "")
		heading, header, row := r.of("H1")[0].Page, r.of("TH")[0].Page, r.of("TD")[0].Page
		if heading != header || header != row {
			t.Errorf("after %d lines: the heading is on page %d, the header on %d, the row on %d", lines, heading, header, row)
		}
	}
}
