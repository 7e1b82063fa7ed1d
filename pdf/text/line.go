package text

import (
	"slices"
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"

	"github.com/resident-graph/resident-graph/pdf/file"
)

// Line is one line of text. Its measures are points.
type Line struct {
	Width, Ascent, Descent float64

	runs []placed // in logical order
	text []rune   // of the whole paragraph, which the runs count in
	size float64
}

// What a line is high at most, in ems. Noto Sans Arabic asks for two, for stacks of marks that hardly any text has.
const maxAscent, maxDescent = 1.15, 0.48

// Height is the distance from the line above to the line below.
func (l Line) Height() float64 { return l.Ascent + l.Descent }

// placed is a run and how far it is from the left end of its line, in points.
type placed struct {
	shaping.Output
	left float64
}

// extents are how far a line reaches above and below its baseline, in ems.
type extents struct{ ascent, descent float64 }

// line places runs, which are in logical order and stay so. The line is as high as least at least.
func (t *Typesetter) line(runs []shaping.Output, text []rune, levels []bidi.Level, size float64, least extents) Line {
	l := Line{text: text, size: size, runs: make([]placed, len(runs))}
	last, space := trim(runs, text)
	order := visual(runs, levels)
	for _, i := range order {
		run := runs[i]
		l.runs[i] = placed{run, l.Width}
		l.Width += points(run.Advance, size)
		least.ascent = max(least.ascent, float64(run.LineBounds.Ascent)/perEm)
		least.descent = max(least.descent, float64(-run.LineBounds.Descent)/perEm)
	}
	l.Ascent, l.Descent = min(least.ascent, maxAscent)*size, min(least.descent, maxDescent)*size
	if len(space) > 0 {
		l.hang(last, space, order)
	}
	return l
}

// hang lets the white space that ended the line hang over its edge, so that a reader of the structure finds it between
// the last word of the line and the first of the next.
func (l *Line) hang(last int, space []shaping.Glyph, order []int) {
	run := &l.runs[last]
	switch {
	case run.Direction.Progression() == di.FromTopLeft && order[len(order)-1] == last:
		run.Glyphs = slices.Concat(run.Glyphs, space)
	case run.Direction.Progression() == di.TowardTopLeft && order[0] == last:
		run.Glyphs = slices.Concat(space, run.Glyphs)
		for _, g := range space {
			run.left -= points(g.Advance, l.size)
		}
	}
}

func points(v fixed.Int26_6, size float64) float64 { return float64(v) / perEm * size }

// trim takes the white space off the end of a line, wherever on the line it would be seen. It answers the run that is the
// last one then, and what was taken off that.
func trim(runs []shaping.Output, text []rune) (last int, space []shaping.Glyph) {
	for last = len(runs) - 1; last >= 0; last-- {
		run := &runs[last]
		start, end := 0, len(run.Glyphs)
		blank := func(at int) bool { return unicode.IsSpace(text[run.Glyphs[at].TextIndex()]) }
		if run.Direction.Progression() == di.TowardTopLeft {
			for start < end && blank(start) {
				start++
			}
			space = run.Glyphs[:start]
		} else {
			for start < end && blank(end-1) {
				end--
			}
			space = run.Glyphs[end:]
		}
		run.Glyphs = run.Glyphs[start:end]
		run.RecomputeAdvance()
		if start < end {
			return last, space
		}
	}
	return 0, nil
}

// visual answers which run is seen first from the left, second and so on. It is rule L2 of UAX #9: from the highest level
// down to the lowest odd one, whatever is at that level or above is reversed.
func visual(runs []shaping.Output, levels []bidi.Level) []int {
	order := make([]int, len(runs))
	highest := bidi.Level(0)
	level := func(at int) bidi.Level { return levels[runs[order[at]].Runes.Offset] }
	for i := range runs {
		order[i] = i
		highest = max(highest, level(i))
	}
	for at := highest; at >= 1; at-- {
		for start := 0; start < len(order); start++ {
			end := start
			for end < len(order) && level(end) >= at {
				end++
			}
			slices.Reverse(order[start:end])
			start = max(start, end)
		}
	}
	return order
}

// Append adds the operators that show the line with its left end at x on the baseline y, outside of any text object. Its
// runs come in logical order, as they are read, each at its place.
func (t *Typesetter) Append(dst []byte, l Line, x, y float64) []byte {
	dst = append(dst, "BT\n"...)
	for _, run := range l.runs {
		if len(run.Glyphs) == 0 {
			continue
		}
		subset := t.subset(run.Face)
		dst = append(append(dst, '/'), subset.Resource...)
		dst = append(file.AppendNumber(append(dst, ' '), l.size), " Tf 1 0 0 1 "...)
		dst = append(file.AppendNumber(dst, x+run.left), ' ')
		dst = append(file.AppendNumber(dst, y), " Tm ["...)
		dst = append(t.show(dst, run.Output, l.text, subset), "] TJ\n"...)
	}
	return append(dst, "ET\n"...)
}
