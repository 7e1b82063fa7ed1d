package text

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/resident-graph/resident-graph/pdf/file"
)

// Embed writes the subset as a composite font with the encoding Identity-H, and answers the font's object. Nothing may be
// set in it afterwards.
func (s *Subset) Embed(w *file.Writer) (file.Ref, error) {
	if s.err != nil {
		return 0, s.err
	}
	program := s.truetype()
	name := file.Name(tag(program) + "+" + s.font.Name)
	descriptor := w.Add(s.descriptor(name, w.AddStream(file.Dict{"Length1": len(program)}, program)))
	widths := file.Array{}
	for _, g := range s.glyphs {
		widths = append(widths, s.thousandths(g.advance))
	}
	descendant := w.Add(file.Dict{
		"Type": file.Name("Font"), "Subtype": file.Name("CIDFontType2"), "BaseFont": name, "FontDescriptor": descriptor,
		"CIDSystemInfo": file.Dict{"Registry": file.Bytes("Adobe"), "Ordering": file.Bytes("Identity"), "Supplement": 0},
		"CIDToGIDMap":   file.Name("Identity"), "DW": 0, "W": file.Array{0, widths},
	})
	return w.Add(file.Dict{
		"Type": file.Name("Font"), "Subtype": file.Name("Type0"), "BaseFont": name, "Encoding": file.Name("Identity-H"),
		"DescendantFonts": file.Array{descendant}, "ToUnicode": w.AddStream(nil, s.toUnicode()),
	}), nil
}

// tag is the six capital letters that tell a subset from other subsets of its font.
func tag(program []byte) string {
	sum := sha256.Sum256(program)
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + sum[i]%26
	}
	return string(letters)
}

func (s *Subset) descriptor(name file.Name, program file.Ref) file.Dict {
	head, hhea, os2 := s.font.Tables["head"], s.font.Tables["hhea"], s.font.Tables["OS/2"]
	at := func(table []byte, offset int) int { return s.thousandths(signed(table[offset:])) }
	stem := 80
	if s.font.Bold {
		stem = 140
	}
	const symbolic = 4 // it has characters beyond Adobe's standard Latin set
	return file.Dict{
		"Type": file.Name("FontDescriptor"), "FontName": name, "Flags": symbolic, "ItalicAngle": 0,
		"FontBBox": file.Array{at(head, 36), at(head, 38), at(head, 40), at(head, 42)},
		"Ascent":   at(hhea, 4), "Descent": at(hhea, 6), "CapHeight": at(os2, 88), "StemV": stem, "FontFile2": program,
	}
}

// toUnicode maps each code to the text that it stands for (ISO 32000-1, 9.10.3).
func (s *Subset) toUnicode() []byte {
	dst := []byte("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n")
	var lines []string
	for code, g := range s.glyphs {
		if g.text != 0 {
			lines = append(lines, fmt.Sprintf("<%04x> <%x>\n", code, file.AppendUTF16(nil, string(g.text))))
		}
	}
	// A section holds at most a hundred entries.
	for section := range slices.Chunk(lines, 100) {
		dst = fmt.Appendf(dst, "%d beginbfchar\n", len(section))
		for _, line := range section {
			dst = append(dst, line...)
		}
		dst = append(dst, "endbfchar\n"...)
	}
	return append(dst, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"...)
}
