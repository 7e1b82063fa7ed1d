package text

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/resident-graph/resident-graph/pdf/fonts"
)

// Flags of a component of a composite glyph (OpenType, glyf table).
const (
	wordArgs        = 0x0001
	argsAreOffsets  = 0x0002
	hasScale        = 0x0008
	moreComponents  = 0x0020
	hasTwoScales    = 0x0040
	hasMatrix       = 0x0080
	hasInstructions = 0x0100
)

// box is the bounds of an outline in font units.
type box struct{ xMin, yMin, xMax, yMax int }

// outline is a glyph as the glyf table holds it, without instructions, and what the maxp table wants to know of it.
type outline struct {
	data                    []byte
	bounds                  box
	points, contours, depth int
}

var errGlyph = errors.New("damaged glyph")

// sourceGlyph answers the bytes of a font's glyph, empty for one without contours.
func sourceGlyph(f *fonts.Font, id uint32) ([]byte, error) {
	loca, glyf := f.Tables["loca"], f.Tables["glyf"]
	at := func(i int) int {
		if binary.BigEndian.Uint16(f.Tables["head"][50:]) == 0 {
			return 2 * int(binary.BigEndian.Uint16(loca[2*i:]))
		}
		return int(binary.BigEndian.Uint32(loca[4*i:]))
	}
	if n := int(binary.BigEndian.Uint16(f.Tables["maxp"][4:])); int(id) >= n {
		return nil, errGlyph
	}
	start, end := at(int(id)), at(int(id)+1)
	if start > end || end > len(glyf) || start < end && end-start < 12 {
		return nil, errGlyph
	}
	return glyf[start:end], nil
}

func boundsOf(data []byte) box {
	return box{signed(data[2:]), signed(data[4:]), signed(data[6:]), signed(data[8:])}
}

func signed(b []byte) int {
	v := int(binary.BigEndian.Uint16(b))
	if v >= 1<<15 {
		v -= 1 << 16
	}
	return v
}

// appendWord appends the low sixteen bits of v, in two's complement.
func appendWord(dst []byte, v int) []byte { return append(dst, byte(v>>8&0xff), byte(v&0xff)) }

func header(contours int, b box) []byte {
	dst := appendWord(nil, contours)
	for _, v := range []int{b.xMin, b.yMin, b.xMax, b.yMax} {
		dst = appendWord(dst, v)
	}
	return dst
}

// simple answers a glyph of contours without its instructions, which call functions that a subset does not carry.
func simple(data []byte) (outline, error) {
	contours := signed(data)
	if contours == 0 {
		return outline{}, nil
	}
	length := 10 + 2*contours
	if len(data) < length+2 {
		return outline{}, errGlyph
	}
	skip := length + 2 + int(binary.BigEndian.Uint16(data[length:]))
	if len(data) < skip {
		return outline{}, errGlyph
	}
	return outline{
		data:   slices.Concat(data[:length], []byte{0, 0}, data[skip:]),
		bounds: boundsOf(data), contours: contours, points: int(binary.BigEndian.Uint16(data[length-2:])) + 1,
	}, nil
}

// component is a part of a composite glyph: a glyph of the subset, moved.
type component struct {
	glyph, x, y int
	outline     *outline
}

// compose answers the composite glyph of parts, an empty one if there are none.
func compose(parts []component) outline {
	if len(parts) == 0 {
		return outline{}
	}
	whole := outline{bounds: box{1 << 15, 1 << 15, -1 << 15, -1 << 15}}
	var records []byte
	for i, p := range parts {
		flags := wordArgs | argsAreOffsets
		if i < len(parts)-1 {
			flags |= moreComponents
		}
		for _, v := range []int{flags, p.glyph, p.x, p.y} {
			records = appendWord(records, v)
		}
		b := p.outline.bounds
		whole.bounds.xMin = min(whole.bounds.xMin, b.xMin+p.x)
		whole.bounds.yMin = min(whole.bounds.yMin, b.yMin+p.y)
		whole.bounds.xMax = max(whole.bounds.xMax, b.xMax+p.x)
		whole.bounds.yMax = max(whole.bounds.yMax, b.yMax+p.y)
		whole.points += p.outline.points
		whole.contours += p.outline.contours
		whole.depth = max(whole.depth, p.outline.depth+1)
	}
	whole.data = append(header(-1, whole.bounds), records...)
	return whole
}

// eachComponent calls f with the place of each component's glyph number in a composite glyph, and answers where the last
// component ends.
func eachComponent(data []byte, f func(at int) error) (int, error) {
	for at := 10; ; {
		if len(data) < at+4 {
			return 0, errGlyph
		}
		flags := binary.BigEndian.Uint16(data[at:])
		if err := f(at + 2); err != nil {
			return 0, err
		}
		at += 6
		if flags&wordArgs != 0 {
			at += 2
		}
		switch {
		case flags&hasScale != 0:
			at += 2
		case flags&hasTwoScales != 0:
			at += 4
		case flags&hasMatrix != 0:
			at += 8
		}
		if flags&moreComponents == 0 {
			if len(data) < at {
				return 0, errGlyph
			}
			return at, nil
		}
	}
}
