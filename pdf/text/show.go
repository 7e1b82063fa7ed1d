package text

import (
	"slices"
	"strconv"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/shaping"
)

// show appends the codes of a run's clusters from left to right, and after the code that draws a cluster what its advance
// differs from the width of the code. The codes without width stand where the next cluster begins and no further right:
// readers that put characters in order by their places would take them for later ones.
func (t *Typesetter) show(dst []byte, run shaping.Output, text []rune, subset *Subset) []byte {
	shown := pieces{dst: dst}
	for start := 0; start < len(run.Glyphs); {
		first := run.Glyphs[start]
		end := start
		for end < len(run.Glyphs) && run.Glyphs[end].TextIndex() == first.TextIndex() {
			if run.Glyphs[end].GlyphID == 0 {
				t.Missing++
			}
			end++
		}
		cluster := text[first.TextIndex() : first.TextIndex()+first.RunesCount()]
		codes, adjust := subset.encode(run.Glyphs[start:end], cluster)
		start = end
		if len(codes) == 0 {
			shown.back(adjust)
			continue
		}
		drawing := 0
		if run.Direction.Progression() == di.TowardTopLeft {
			slices.Reverse(codes)
			drawing = len(codes) - 1
		}
		for i, code := range codes {
			shown.code(code)
			if i == drawing {
				shown.back(adjust)
			}
		}
	}
	shown.end()
	return shown.dst
}

// pieces writes what a TJ operator shows (ISO 32000-2, 9.4.3): strings of codes, and moves of the pen between them.
type pieces struct {
	dst  []byte
	open bool // within a string
}

func (p *pieces) code(code uint16) {
	if !p.open {
		p.dst, p.open = append(p.dst, '<'), true
	}
	p.dst = appendHex(p.dst, code)
}

// back moves the pen back by thousandths of an em.
func (p *pieces) back(by int) {
	if by != 0 {
		p.end()
		p.dst = strconv.AppendInt(append(p.dst, ' '), int64(by), 10)
	}
}

func (p *pieces) end() {
	if p.open {
		p.dst, p.open = append(p.dst, '>'), false
	}
}

func appendHex(dst []byte, code uint16) []byte {
	const digits = "0123456789abcdef"
	return append(dst, digits[code>>12], digits[code>>8&15], digits[code>>4&15], digits[code&15])
}
