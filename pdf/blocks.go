package pdf

import (
	"fmt"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/text"
)

func headingStyle(level int) text.Style {
	sizes := []float64{18, 14, 12, 11, 10.5, 10.5}
	return text.Style{Size: sizes[level-1], Bold: true}
}

// headed is how much room is kept below a heading for what it heads.
const headed = 7 * 10.5

func (b Heading) draw(l *layout) error {
	level := max(1, min(b.Level, l.heading+1, 6))
	l.heading = level
	style := headingStyle(level)
	lines, err := l.set(b.Text, style, line().width)
	if err != nil {
		return err
	}
	// A heading stays with what it heads: some lines, or the header and the first row of a table.
	if err := l.need(heightOf(lines) + 2*style.Size + headed); err != nil {
		return err
	}
	if l.y < top {
		l.y -= style.Size * 0.5
	}
	e := l.tags.document.addText(file.Name(fmt.Sprintf("H%d", level)), b.Text)
	if err := l.flow(e, lines, line()); err != nil {
		return err
	}
	l.y -= style.Size * 0.3
	return nil
}

func (b Paragraph) draw(l *layout) error {
	lines, err := l.set(b.Text, body, line().width)
	if err != nil {
		return err
	}
	if err := l.flow(l.tags.document.addText("P", b.Text), lines, line()); err != nil {
		return err
	}
	l.y -= body.Size * 0.6
	return nil
}

func (Divider) draw(l *layout) error {
	const space = 8
	if err := l.need(2 * space); err != nil {
		return err
	}
	l.mark(nil, func() { l.rule(line(), l.y-space) })
	l.y -= 2 * space
	return nil
}

func (PageBreak) draw(l *layout) error {
	if l.y == top {
		return nil
	}
	return l.breakPage()
}
