package pdf

import (
	"fmt"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/text"
)

// padding is around the text of a cell.
const padding = 4.0

// narrowest is a column that still has room for a few letters.
const narrowest = 20.0

// grid is a table while it is drawn.
type grid struct {
	*layout
	table   *element
	columns []area
	head    [][]text.Line // repeated on every page; nil where there is none
}

func (b Table) draw(l *layout) error {
	if l.filled += len(b.Head) * (len(b.Rows) + 1); l.filled > MaxCells {
		return fmt.Errorf("%w: more than %d cells", ErrTooLarge, MaxCells)
	}
	widths, err := b.widths(l)
	if err != nil {
		return err
	}
	g := &grid{layout: l, table: l.tags.document.add("Table"), columns: l.columns(line(), widths)}
	for _, column := range g.columns {
		if !(column.width >= narrowest) {
			return fmt.Errorf("%w: a table with a column of %.1f points", ErrTooLarge, column.width)
		}
	}
	if g.head, err = g.cells(b.Head, func(int) text.Style { return label }); err != nil {
		return err
	}
	if g.height(g.head) > (top-bottom)/2 {
		return fmt.Errorf("%w: a table header higher than half a page", ErrTooLarge)
	}
	if err := g.needFirst(b.Rows); err != nil {
		return err
	}
	g.header(g.elements(b.Head, "Column", len(b.Head)))
	for i, row := range b.Rows {
		if len(row) > len(b.Head) {
			return fmt.Errorf("row %d has %d cells under %d headers", i, len(row), len(b.Head))
		}
		if err := g.row(row, "", small); err != nil {
			return err
		}
	}
	l.y -= body.Size
	return nil
}

// needFirst begins a new page unless the header and the first row fit on this one, or three lines of a tall row.
func (g *grid) needFirst(rows [][]string) error {
	height := 3 * small.Size
	if len(rows) > 0 {
		cells, err := g.cells(rows[0][:min(len(rows[0]), len(g.columns))], func(int) text.Style { return small })
		if err != nil {
			return err
		}
		height = min(g.height(cells), headed)
	}
	return g.need(g.height(g.head) + height)
}

// cells breaks the texts of a row, filling up with empty ones.
func (g *grid) cells(row []string, style func(column int) text.Style) ([][]text.Line, error) {
	cells := make([][]text.Line, len(g.columns))
	for i, column := range g.columns {
		s := ""
		if i < len(row) {
			s = row[i]
		}
		var err error
		if cells[i], err = g.set(s, style(i), column.width-2*padding); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// elements adds a row to the structure: headers of a column or a row where scope says so, then data.
func (g *grid) elements(texts []string, scope string, headers int) []*element {
	row := g.table.add("TR")
	all := make([]*element, len(g.columns))
	for i := range all {
		s := ""
		if i < len(texts) {
			s = texts[i]
		}
		if i < headers {
			all[i] = row.addText("TH", s)
			all[i].attrs = file.Dict{"O": file.Name("Table"), "Scope": file.Name(scope)}
		} else {
			all[i] = row.addText("TD", s)
		}
	}
	return all
}

func (g *grid) height(cells [][]text.Line) float64 {
	height := 0.0
	for _, lines := range cells {
		height = max(height, heightOf(lines))
	}
	return height + 2*padding
}

// header draws the header row, the first time with its elements and then as a repetition.
func (g *grid) header(elements []*element) {
	if g.head == nil {
		return
	}
	height := g.height(g.head)
	g.mark(nil, func() { g.shade(line(), g.y, height) })
	g.slice(g.head, elements, height)
}

// row draws a row. One that is taller than what is left of the page goes to the next; one that is taller than a page is
// cut between lines.
func (g *grid) row(texts []string, scope string, first text.Style) error {
	cells, err := g.cells(texts, func(column int) text.Style {
		if column == 0 {
			return first
		}
		return small
	})
	if err != nil {
		return err
	}
	headers := 0
	if scope != "" {
		headers = 1
	}
	elements := g.elements(texts, scope, headers)
	for {
		height := g.height(cells)
		space := g.y - bottom
		if height > space && (height <= top-bottom-g.height(g.head) || space < 6*small.Size) && g.y < top {
			if err := g.breakPage(); err != nil {
				return err
			}
			g.header(make([]*element, len(g.columns)))
			space = g.y - bottom
		}
		if height <= space {
			g.slice(cells, elements, height)
			return nil
		}
		fit, rest := cut(cells, space-2*padding)
		g.slice(fit, elements, g.height(fit))
		cells = rest
	}
}

// cut parts a row at a height.
func cut(cells [][]text.Line, space float64) (fit, rest [][]text.Line) {
	for _, lines := range cells {
		n, _ := fitting(lines, space)
		fit, rest = append(fit, lines[:n]), append(rest, lines[n:])
	}
	return fit, rest
}

func (g *grid) slice(cells [][]text.Line, elements []*element, height float64) {
	for i, lines := range cells {
		if len(lines) == 0 {
			continue
		}
		inner := area{g.columns[i].left + padding, g.columns[i].width - 2*padding}
		g.mark(elements[i], func() { g.lines(lines, inner, g.y-padding) })
	}
	g.y -= height
	g.mark(nil, func() { g.rule(line(), g.y) })
}

func (b Fields) draw(l *layout) error {
	if l.filled += 2 * len(b.List); l.filled > MaxCells {
		return fmt.Errorf("%w: more than %d cells", ErrTooLarge, MaxCells)
	}
	g := &grid{layout: l, table: l.tags.document.add("Table"), columns: l.columns(line(), []float64{1, 2})}
	for _, f := range b.List {
		if err := g.row([]string{f.Label, f.Value}, "Row", label); err != nil {
			return err
		}
	}
	l.y -= body.Size
	return nil
}
