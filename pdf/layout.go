package pdf

import (
	"context"
	"fmt"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/text"
)

// A page is A4 upright. Lengths are points from its lower left corner.
const (
	pageWidth, pageHeight = 595.276, 841.89
	margin                = 54.0
	top                   = pageHeight - margin
	bottom                = 66.0
	footerLine            = 40.0
)

var (
	body  = text.Style{Size: 10.5}
	small = text.Style{Size: 9}
	label = text.Style{Size: 9, Bold: true}
	foot  = text.Style{Size: 8}
)

// layout flows blocks over pages.
type layout struct {
	ctx       context.Context
	file      *file.Writer
	text      *text.Typesetter
	tags      *tags
	images    map[[32]byte]*picture
	resources file.Ref
	pages     []*page
	content   []byte  // of the page that is being filled
	y         float64 // the lower edge of what is on it
	clear     float64
	heading   int // the level of the last heading
	filled    int // cells so far
}

// page is one page's object, and the elements of its marked content by number.
type page struct {
	ref, content file.Ref
	marked       []*element
}

func newLayout(ctx context.Context, out *file.Writer, t *text.Typesetter) *layout {
	l := &layout{ctx: ctx, file: out, text: t, tags: newTags(), images: map[[32]byte]*picture{}}
	l.resources = out.New()
	l.open()
	return l
}

// area is a column that blocks or cells are set in.
type area struct{ left, width float64 }

func line() area { return area{margin, pageWidth - 2*margin} }

// start is where something of a width begins that lies at the side where reading begins.
func (l *layout) start(a area, width float64) float64 {
	if l.text.RTL {
		return a.left + a.width - width
	}
	return a.left
}

// end is start for the other side.
func (l *layout) end(a area, width float64) float64 {
	if l.text.RTL {
		return a.left
	}
	return a.left + a.width - width
}

// columns divides a into columns of shares, the first one where reading begins.
func (l *layout) columns(a area, shares []float64) []area {
	total := 0.0
	for _, s := range shares {
		total += s
	}
	columns := make([]area, len(shares))
	at := 0.0
	for i, s := range shares {
		width := a.width * s / total
		columns[i] = area{a.left + at, width}
		if l.text.RTL {
			columns[i].left = a.left + a.width - at - width
		}
		at += width
	}
	return columns
}

func (l *layout) open() {
	l.content = l.content[:0]
	l.pages = append(l.pages, &page{ref: l.file.New()})
	l.y = top
	l.grey(black)
}

func (l *layout) page() *page { return l.pages[len(l.pages)-1] }

// breakPage ends a page and begins the next.
func (l *layout) breakPage() error {
	if err := l.ctx.Err(); err != nil {
		return fmt.Errorf("draw page %d: %w", len(l.pages), err)
	}
	if len(l.pages) >= MaxPages {
		return fmt.Errorf("%w: more than %d pages", ErrTooLarge, MaxPages)
	}
	l.close()
	l.open()
	return nil
}

func (l *layout) close() {
	l.page().content = l.file.AddStream(nil, l.content)
}

// need begins a new page unless height fits on this one.
func (l *layout) need(height float64) error {
	if l.y-height < bottom && l.y < top {
		return l.breakPage()
	}
	return nil
}

// set breaks s into lines, after checking its length.
func (l *layout) set(s string, style text.Style, width float64) ([]text.Line, error) {
	if len(s) > MaxString {
		return nil, fmt.Errorf("%w: a string of %d bytes", ErrTooLarge, len(s))
	}
	return l.text.Lines(s, style, width), nil
}

// flow draws a block of text from the cursor down, over as many pages as it takes.
func (l *layout) flow(e *element, lines []text.Line, a area) error {
	for len(lines) > 0 {
		if err := l.need(lines[0].Height()); err != nil {
			return err
		}
		n, height := fitting(lines, l.y-bottom)
		l.mark(e, func() { l.lines(lines[:n], a, l.y) })
		l.y -= height
		lines = lines[n:]
	}
	return nil
}

// fitting answers how many lines fit into a height, at least one, and their height.
func fitting(lines []text.Line, space float64) (n int, height float64) {
	for _, line := range lines {
		if n > 0 && height+line.Height() > space {
			break
		}
		height += line.Height()
		n++
	}
	return n, height
}

func heightOf(lines []text.Line) float64 {
	_, height := fitting(lines, pageHeight*MaxPages)
	return height
}

// lines draws lines from y down, at the side where reading begins.
func (l *layout) lines(lines []text.Line, a area, y float64) {
	for _, line := range lines {
		l.content = l.text.Append(l.content, line, l.start(a, line.Width), y-line.Ascent)
		y -= line.Height()
	}
}
