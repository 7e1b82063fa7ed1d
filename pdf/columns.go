package pdf

import (
	"fmt"
	"strings"

	"github.com/resident-graph/resident-graph/pdf/text"
)

// measured is how many rows of a table decide how wide its columns are.
const measured = 100

// widths answers the shares of the columns: what the caller says, else what their content asks for.
func (b Table) widths(l *layout) ([]float64, error) {
	if len(b.Head) == 0 || len(b.Widths) != 0 && len(b.Widths) != len(b.Head) {
		return nil, fmt.Errorf("a table of %d headers and %d widths", len(b.Head), len(b.Widths))
	}
	if len(b.Widths) != 0 {
		return b.Widths, nil
	}
	columns := make([]content, len(b.Head))
	for c, s := range b.Head {
		columns[c] = content{narrowest, narrowest}
		if err := columns[c].measure(l, s, label); err != nil {
			return nil, err
		}
	}
	for _, row := range b.Rows[:min(len(b.Rows), measured)] {
		for c, s := range row[:min(len(row), len(columns))] {
			if err := columns[c].measure(l, s, small); err != nil {
				return nil, err
			}
		}
	}
	return share(columns, line().width), nil
}

// content is how wide a column's longest word and its longest line are, with the space around them.
type content struct{ word, line float64 }

func (c *content) measure(l *layout, s string, style text.Style) error {
	width := func(s string) (float64, error) {
		lines, err := l.set(s, style, line().width)
		widest := 0.0
		for _, one := range lines {
			widest = max(widest, one.Width)
		}
		// A line that is as wide as its column to the last digit may break.
		return widest + 2*padding + 0.5, err
	}
	whole, err := width(s)
	if err != nil {
		return err
	}
	c.line = max(c.line, whole)
	for word := range strings.FieldsSeq(s) {
		one, err := width(word)
		if err != nil {
			return err
		}
		c.word = max(c.word, one)
	}
	return nil
}

// share divides a width so that no column breaks a word where all words have room; the rest goes to each by how much
// longer its lines are.
func share(columns []content, width float64) []float64 {
	words, lines := 0.0, 0.0
	for _, c := range columns {
		words, lines = words+c.word, lines+c.line
	}
	widths := make([]float64, len(columns))
	for i, c := range columns {
		switch {
		case lines <= width, lines == words:
			widths[i] = c.line
		case words >= width:
			widths[i] = c.word
		default:
			widths[i] = c.word + (c.line-c.word)*(width-words)/(lines-words)
		}
	}
	return widths
}
