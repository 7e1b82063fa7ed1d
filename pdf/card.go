package pdf

import (
	"fmt"

	"github.com/resident-graph/resident-graph/pdf/text"
)

// The faces of a card, in points.
const (
	cardWidth   = 85.6 * millimetre
	cardHeight  = 54 * millimetre
	cardCorner  = 3.18 * millimetre
	cardPadding = 3.5 * millimetre
	photoWidth  = 22 * millimetre
	photoHeight = 28 * millimetre
	cardGap     = 6.0
)

var (
	cardTitle = text.Style{Size: 8.5, Bold: true}
	cardName  = text.Style{Size: 10, Bold: true}
	cardLong  = text.Style{Size: 7.5, Bold: true}
	cardID    = text.Style{Size: 10, Bold: true}
	cardLabel = text.Style{Size: 6}
	cardValue = text.Style{Size: 7.5}
)

// face is one face of a card while it is drawn.
type face struct {
	*layout
	card    *element
	box     area    // the whole face
	top     float64 // its upper edge
	inner   area    // what text may take
	floor   float64 // how far down fields may go
	pending []Field
}

func (b Card) draw(l *layout) error {
	if l.filled += 2 * len(b.Fields); l.filled > MaxCells {
		return fmt.Errorf("%w: more than %d cells", ErrTooLarge, MaxCells)
	}
	f := &face{layout: l, card: l.tags.document.add("Sect"), pending: b.Fields}
	if err := f.open(); err != nil {
		return err
	}
	if err := f.front(b); err != nil {
		return err
	}
	for front := true; ; front = false {
		before := len(f.pending)
		if err := f.fields(); err != nil {
			return err
		}
		f.y = f.top - cardHeight - 2*cardGap
		if len(f.pending) == 0 {
			return nil
		}
		if len(f.pending) == before && !front {
			return fmt.Errorf("%w: a field that no face of a card has room for", ErrTooLarge)
		}
		if err := f.open(); err != nil {
			return err
		}
	}
}

// open draws the edge of a face, on the next page where this one has no room.
func (f *face) open() error {
	if err := f.need(cardHeight); err != nil {
		return err
	}
	f.top = f.y
	f.box = area{f.start(line(), cardWidth), cardWidth}
	f.inner = area{f.box.left + cardPadding, cardWidth - 2*cardPadding}
	f.floor = f.top - cardHeight + cardPadding
	f.mark(nil, func() { f.frame(f.box, f.top, cardHeight, cardCorner) })
	f.y = f.top - cardPadding
	return nil
}

// front draws what is on the first face only.
func (f *face) front(b Card) error {
	if err := f.line(b.Title, cardTitle, f.inner); err != nil {
		return err
	}
	f.y -= cardGap / 2
	if b.ID != "" {
		lines, err := f.set(b.ID, cardID, f.inner.width)
		if err != nil {
			return err
		}
		height := heightOf(lines)
		if height > cardHeight/3 {
			return fmt.Errorf("%w: an id that a card has no room for", ErrTooLarge)
		}
		f.mark(f.card.addText("P", b.ID), func() { f.lines(lines, f.inner, f.floor+height) })
		f.floor += height
	}
	if b.Photo != nil {
		if err := f.photo(*b.Photo); err != nil {
			return err
		}
	}
	return f.name(b.Name)
}

// name draws the name as large as it fits.
func (f *face) name(s string) error {
	for _, style := range []text.Style{cardName, cardLong} {
		lines, err := f.set(s, style, f.inner.width)
		if err != nil {
			return err
		}
		if f.y-heightOf(lines) >= f.floor {
			return f.line(s, style, f.inner)
		}
	}
	return fmt.Errorf("%w: a name that a card has no room for", ErrTooLarge)
}

// line draws a text of the front from the cursor down.
func (f *face) line(s string, style text.Style, a area) error {
	if s == "" {
		return nil
	}
	lines, err := f.set(s, style, a.width)
	if err != nil {
		return err
	}
	height := heightOf(lines)
	if f.y-height < f.floor {
		return fmt.Errorf("%w: a text that a card has no room for", ErrTooLarge)
	}
	f.mark(f.card.addText("P", s), func() { f.lines(lines, a, f.y) })
	f.y -= height
	return nil
}

// photo draws the photo at the side where reading begins and leaves the rest of the face to text.
func (f *face) photo(photo Image) error {
	p, err := f.picture(photo.Data)
	if err != nil {
		return err
	}
	height := min(photoHeight, f.y-f.floor)
	width := min(photoWidth, height*p.width/p.height)
	f.show(f.card, photo, p, area{f.start(f.inner, width), width}, width*p.height/p.width)
	rest := f.inner.width - width - cardGap
	f.inner = area{f.end(f.inner, rest), rest}
	return nil
}

// fields draws as many pending fields as the face has room for, each its label beside its value.
func (f *face) fields() error {
	list := f.card.add("L")
	columns := f.columns(f.inner, []float64{1, 2})
	for len(f.pending) > 0 {
		names, err := f.set(f.pending[0].Label, cardLabel, columns[0].width-cardGap)
		if err != nil {
			return err
		}
		values, err := f.set(f.pending[0].Value, cardValue, columns[1].width)
		if err != nil {
			return err
		}
		onBaseline := values[0].Ascent - names[0].Ascent
		height := max(onBaseline+heightOf(names), heightOf(values))
		if f.y-height < f.floor {
			break
		}
		item := list.add("LI")
		f.mark(item.addText("Lbl", f.pending[0].Label), func() {
			f.grey(muted)
			f.lines(names, f.labels(columns[0]), f.y-onBaseline)
			f.grey(black)
		})
		f.mark(item.addText("LBody", f.pending[0].Value), func() { f.lines(values, columns[1], f.y) })
		f.y -= height
		f.pending = f.pending[1:]
	}
	if len(list.kids) == 0 {
		f.card.drop(list)
	}
	return nil
}

// labels is a column without the gap that parts it from the values.
func (f *face) labels(column area) area {
	width := column.width - cardGap
	return area{f.start(column, width), width}
}
