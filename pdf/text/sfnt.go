package text

import (
	"encoding/binary"
	"slices"

	"github.com/go-text/typesetting/font/opentype"
)

// truetype answers the subset as a TrueType file: the tables that ISO 32000-1, 9.9 asks of an embedded CIDFontType2.
func (s *Subset) truetype() []byte {
	var glyf, loca, hmtx []byte
	most, whole := outline{}, box{1 << 15, 1 << 15, -1 << 15, -1 << 15}
	widest := 0
	for _, g := range s.glyphs {
		loca = binary.BigEndian.AppendUint32(loca, length(glyf))
		glyf = aligned(append(glyf, g.data...))
		hmtx = appendWord(appendWord(hmtx, g.advance), g.bounds.xMin)
		most.points, most.contours = max(most.points, g.points), max(most.contours, g.contours)
		most.depth, widest = max(most.depth, g.depth), max(widest, g.advance)
		if len(g.data) > 0 {
			b := g.bounds
			whole = box{min(whole.xMin, b.xMin), min(whole.yMin, b.yMin), max(whole.xMax, b.xMax), max(whole.yMax, b.yMax)}
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, length(glyf))

	head := slices.Clone(s.font.Tables["head"])
	set(head, 36, whole.xMin, whole.yMin, whole.xMax, whole.yMax)
	set(head, 50, 1) // loca has long offsets
	copy(head[8:12], make([]byte, 4))
	hhea := slices.Clone(s.font.Tables["hhea"])
	set(hhea, 10, widest)
	set(hhea, 34, len(s.glyphs))
	maxp := slices.Clone(s.font.Tables["maxp"])
	set(maxp, 4, len(s.glyphs), most.points, most.contours, most.points, most.contours)
	set(maxp, 26, 0, most.contours, most.depth) // no instructions; a glyph has no more components than contours

	return opentype.WriteTTF([]opentype.Table{
		table("glyf", glyf), table("head", head), table("hhea", hhea),
		table("hmtx", hmtx), table("loca", loca), table("maxp", maxp),
	})
}

// length answers how much b holds. The fonts together are a few megabytes.
func length(b []byte) uint32 {
	return uint32(len(b)) //nolint:gosec // see above
}

func table(tag string, content []byte) opentype.Table {
	return opentype.Table{Tag: opentype.MustNewTag(tag), Content: aligned(content)}
}

// aligned fills up to four bytes, as the tables of a font and the glyphs in them begin.
func aligned(b []byte) []byte { return append(b, make([]byte, (4-len(b)%4)%4)...) }

// set writes sixteen-bit values from an offset on.
func set(table []byte, offset int, values ...int) {
	for i, v := range values {
		copy(table[offset+2*i:], appendWord(nil, v))
	}
}
