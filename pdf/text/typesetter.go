// Package text turns strings into lines of positioned glyphs, in any script, and keeps the subsets of the fonts that the
// lines use.
//
// A paragraph is cut into runs of one direction (UAX #9), script and font, shaped by a port of HarfBuzz, broken into
// lines (UAX #14) and put into visual order. Each cluster of glyphs that stands for some characters becomes ONE glyph of
// the subset, composed of the font's own, so that every code of the file stands for exact Unicode text. Extraction then
// needs no guess about reordered vowels, conjuncts or marks, in any reader.
package text

import (
	"slices"
	"strings"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	bcp47 "golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/pdf/fonts"
)

// perEm is how many units of 26.6 fixed point an em has while shaping: finer than the fonts' own units, so that those can
// be told exactly, and coarse enough for the longest paragraph.
const (
	emSize = 64
	perEm  = emSize << 6
)

// noLigatures keeps "ffi" three glyphs: a reader may take the second f of one glyph for a letter that is printed twice.
var noLigatures = []shaping.FontFeature{{Tag: opentype.MustNewTag("liga"), Value: 0}}

// Style is how a paragraph looks.
type Style struct {
	Size float64 // in points
	Bold bool
}

// Typesetter sets the paragraphs of one document. It is not safe for concurrent use.
type Typesetter struct {
	RTL     bool // whether the document's language is written from right to left
	Missing int  // characters shown so far that no font has

	lang    language.Language
	weights map[bool]*faces
	subsets []*Subset
	bidi    bidi.Paragraph
	split   shaping.Segmenter
	shaper  shaping.HarfbuzzShaper
	wrapper shaping.LineWrapper
}

// New answers a typesetter for a document in lang.
func New(regular, bold fonts.Set, lang bcp47.Tag) *Typesetter {
	script, _ := lang.Script()
	own, err := language.ParseScript(script.String())
	if err != nil {
		own = language.Latin
	}
	t := &Typesetter{lang: language.NewLanguage(lang.String()), RTL: own == language.Arabic || own == language.Hebrew}
	t.weights = map[bool]*faces{false: t.faces(regular, own), true: t.faces(bold, own)}
	return t
}

// Lines breaks s into lines of at most width points. A word that is longer than a line is broken between characters.
func (t *Typesetter) Lines(s string, style Style, width float64) []Line {
	var lines []Line
	for paragraph := range strings.SplitSeq(Clean(s), "\n") {
		lines = append(lines, t.paragraph([]rune(paragraph), style, width)...)
	}
	return lines
}

func (t *Typesetter) paragraph(text []rune, style Style, width float64) []Line {
	if len(text) == 0 {
		text = []rune{' '}
	}
	rtl := t.RTL && HasRTL(string(text))
	runs, levels := t.shape(text, rtl, t.weights[style.Bold])
	config := shaping.WrapConfig{Direction: direction(rtl), DisableTrailingWhitespaceTrim: true}
	most := fixed.Int26_6(max(width, style.Size) / style.Size * perEm)
	wrapped, _ := t.wrapper.WrapParagraphF(config, most, text, shaping.NewSliceIterator(runs))
	lines := make([]Line, 0, len(wrapped))
	for _, runs := range wrapped {
		lines = append(lines, t.line(slices.Clone(runs), text, levels, style.Size, t.weights[style.Bold].least))
	}
	return lines
}

// HasRTL says whether anything in s is written from right to left. Where nothing is, as in a number, a date or an e-mail
// address, the text keeps its own order in a document of either direction.
func HasRTL(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		script := language.LookupScript(r)
		return script == language.Arabic || script == language.Hebrew
	})
}

func direction(rtl bool) di.Direction {
	if rtl {
		return di.DirectionRTL
	}
	return di.DirectionLTR
}

// shape answers the runs of text in logical order, and the embedding level of each character.
func (t *Typesetter) shape(text []rune, rtl bool, f *faces) ([]shaping.Output, []bidi.Level) {
	levels := t.levels(text, rtl)
	var outs []shaping.Output
	for start := 0; start < len(text); {
		end := start + 1
		for end < len(text) && levels[end] == levels[start] {
			end++
		}
		in := shaping.Input{Text: text, RunStart: start, RunEnd: end, Direction: direction(levels[start]%2 == 1),
			Size: fixed.I(emSize), Language: t.lang}
		for _, part := range t.split.Split(in, f) {
			part.Direction = in.Direction
			if part.Script == language.Latin {
				part.FontFeatures = noLigatures
			}
			// Breaking into lines tells white space by its extents.
			outs = append(outs, t.shaper.Shape(part))
		}
		start = end
	}
	return outs, levels
}

// levels runs the bidirectional algorithm with a given base direction, which a mark in front of the text states.
func (t *Typesetter) levels(text []rune, rtl bool) []bidi.Level {
	mark := '\u200e'
	if rtl {
		mark = '\u200f'
	}
	runs := t.bidi.Segment(slices.Concat([]rune{mark}, text), bidi.Neutral)
	levels := make([]bidi.Level, len(text))
	for i := range runs.NumRuns() {
		run := runs.Run(i)
		for at := max(run.Start, 1); at < run.End; at++ {
			levels[at-1] = run.Level
		}
	}
	return levels
}

// faces chooses fonts of one weight for shaping.
type faces struct {
	all    []*font.Face
	fonts  fonts.Set
	script language.Script

	// least is what every line takes: as much as Latin and the document's own script. It keeps the baselines of a row of
	// cells together.
	least extents
}

func (t *Typesetter) faces(set fonts.Set, own language.Script) *faces {
	f := &faces{fonts: set}
	for _, one := range set {
		face := font.NewFace(one.Font)
		f.all = append(f.all, face)
		t.subsets = append(t.subsets, newSubset(one, face))
		if e, ok := face.FontHExtents(); ok && (one.Script == own || one.Script == language.Latin) {
			f.least.ascent = max(f.least.ascent, float64(e.Ascender)/float64(one.Upem()))
			f.least.descent = max(f.least.descent, -float64(e.Descender)/float64(one.Upem()))
		}
	}
	return f
}

// SetScript is called before the characters of a run of one script.
func (f *faces) SetScript(s language.Script) { f.script = s }

// ResolveFace answers the font of the run's script where it has r, else the first that has it, else the first.
func (f *faces) ResolveFace(r rune) *font.Face {
	first := f.all[0]
	for i := len(f.all) - 1; i >= 0; i-- {
		if _, ok := f.all[i].NominalGlyph(r); !ok {
			continue
		}
		if first = f.all[i]; f.fonts[i].Script == f.script {
			break
		}
	}
	return first
}
