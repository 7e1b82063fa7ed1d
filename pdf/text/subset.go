package text

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/fonts"
)

// Subset is what a document uses of one font: a new font whose glyphs are numbered as they are first used. The number
// is also the code in the text of pages.
type Subset struct {
	Resource file.Name // its name in the resources of pages

	font   *fonts.Font
	face   *font.Face
	glyphs []glyph
	codes  map[string]uint16   // by what is drawn and what it stands for
	parts  map[font.GID]uint16 // glyphs of the font that composites here refer to
	err    error
}

// glyph is one glyph of a subset. Its advance is in font units. Text is 0 for what is only a part of others.
type glyph struct {
	outline
	advance int
	text    rune
}

func newSubset(f *fonts.Font, face *font.Face) *Subset {
	s := &Subset{Resource: file.Name(f.Name), font: f, face: face, codes: map[string]uint16{}, parts: map[font.GID]uint16{}}
	s.part(0) // glyph 0 is .notdef in every font
	return s
}

// subset answers the subset that face's glyphs go into.
func (t *Typesetter) subset(face *font.Face) *Subset {
	for _, s := range t.subsets {
		if s.face == face {
			return s
		}
	}
	panic("a face that this typesetter did not choose")
}

// Used says whether any text of the document is set in the font.
func (s *Subset) Used() bool { return len(s.codes) > 0 }

// Subsets answers the fonts that lines were appended with, in a fixed order.
func (t *Typesetter) Subsets() []*Subset {
	var used []*Subset
	for _, s := range t.subsets {
		if s.Used() {
			used = append(used, s)
		}
	}
	return used
}

// encode answers what shows a cluster of glyphs and stands for its characters: the code of the first character draws all
// of it, and a code without outline or width follows for each other character. Adjust is by how many thousandths of an em
// the pen is to go back after the first.
//
// One character a code is what every reader can put in order: some take the text of a code for a unit when they turn
// right-to-left text round and others do not, and one takes any code whose text has a combining mark for one of no width.
func (s *Subset) encode(cluster []shaping.Glyph, text []rune) (codes []uint16, adjust int) {
	advance := 0
	key := []byte{}
	for _, g := range cluster {
		advance += s.units(int(g.Advance))
		key = fmt.Appendf(key, "%d %d %d,", g.GlyphID, g.XOffset, g.YOffset)
	}
	for _, r := range text {
		if ignorable(r) && !joins(r) {
			continue
		}
		if len(codes) > 0 {
			codes = append(codes, s.code(string(r), func() glyph { return glyph{text: r} }))
			continue
		}
		codes = append(codes, s.code(fmt.Sprintf("%c%s", r, key), func() glyph {
			return s.draw(cluster, r)
		}))
	}
	if len(codes) == 0 {
		return nil, -s.thousandths(advance)
	}
	return codes, s.thousandths(s.glyphs[codes[0]].advance - advance)
}

// code answers the code that was made for key, or makes it.
func (s *Subset) code(key string, make func() glyph) uint16 {
	code, ok := s.codes[key]
	if !ok {
		code = s.add(make())
		s.codes[key] = code
	}
	return code
}

// joins says that r, though not seen, is part of how a word is spelled.
func joins(r rune) bool { return r == 0x200C || r == 0x200D }

// draw answers one glyph for a whole cluster. It is as wide as the font makes its parts, without the kerning of this place:
// from where the next glyph lies beside that, readers tell whether a word ends.
func (s *Subset) draw(cluster []shaping.Glyph, text rune) glyph {
	g := glyph{text: text}
	var parts []component
	pen := 0
	for _, one := range cluster {
		if one.GlyphID == font.EmptyGlyph {
			pen += s.units(int(one.Advance))
			continue
		}
		at := s.part(one.GlyphID)
		g.advance += s.glyphs[at].advance
		if o := &s.glyphs[at].outline; len(o.data) > 0 {
			parts = append(parts, component{glyph: int(at), x: pen + s.units(int(one.XOffset)), y: s.units(int(one.YOffset)),
				outline: o})
		}
		pen += s.units(int(one.Advance))
	}
	g.outline = compose(parts)
	return g
}

// part copies a glyph of the font, and those that it is composed of, once.
func (s *Subset) part(id font.GID) uint16 {
	if at, ok := s.parts[id]; ok {
		return at
	}
	at := s.add(glyph{advance: int(math.Round(float64(s.face.HorizontalAdvance(id))))})
	s.parts[id] = at
	o, err := s.copyOutline(id)
	if err != nil {
		s.fail(fmt.Errorf("glyph %d of %s: %w", id, s.font.Name, err))
	}
	s.glyphs[at].outline = o
	return at
}

func (s *Subset) copyOutline(id font.GID) (outline, error) {
	data, err := sourceGlyph(s.font, uint32(id))
	if err != nil || len(data) == 0 {
		return outline{}, err
	}
	if signed(data) >= 0 {
		return simple(data)
	}
	o := outline{data: append([]byte(nil), data...), bounds: boundsOf(data)}
	end, err := eachComponent(o.data, func(at int) error {
		inner := s.part(font.GID(binary.BigEndian.Uint16(o.data[at:])))
		binary.BigEndian.PutUint16(o.data[at:], inner)
		flags := binary.BigEndian.Uint16(o.data[at-2:])
		binary.BigEndian.PutUint16(o.data[at-2:], flags&^hasInstructions)
		of := s.glyphs[inner].outline
		o.points, o.contours, o.depth = o.points+of.points, o.contours+of.contours, max(o.depth, of.depth+1)
		return nil
	})
	if err != nil {
		return outline{}, err
	}
	o.data = o.data[:end]
	return o, nil
}

func (s *Subset) add(g glyph) uint16 {
	n := len(s.glyphs)
	if n > math.MaxUint16-1 {
		s.fail(fmt.Errorf("%s: more than %d different glyphs", s.font.Name, math.MaxUint16))
		return 0
	}
	s.glyphs = append(s.glyphs, g)
	return uint16(n)
}

func (s *Subset) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// units answers a length of the shaper in font units.
func (s *Subset) units(v int) int {
	return int(math.Round(float64(v) * float64(s.font.Upem()) / perEm))
}

// thousandths answers font units in thousandths of an em.
func (s *Subset) thousandths(v int) int {
	return int(math.Round(float64(v) * 1000 / float64(s.font.Upem())))
}
