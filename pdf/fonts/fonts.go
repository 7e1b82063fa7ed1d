// Package fonts holds the typefaces of documents: the Noto family, regular and bold, one face per script. README.md says
// where each file comes from and under which licence.
package fonts

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
)

//go:embed *.ttf
var files embed.FS

// families are in the order in which a character is looked up that the font of its script lacks.
var families = []struct {
	name   string
	script language.Script
}{
	{"NotoSans", language.Latin},
	{"NotoSansArabic", language.Arabic},
	{"NotoSansDevanagari", language.Devanagari},
	{"NotoSansKannada", language.Kannada},
	{"NotoSansTamil", language.Tamil},
}

// Font is one face: what a shaper reads, and the tables that a subset copies. It is safe for concurrent use.
type Font struct {
	*font.Font
	Name   string // its PostScript name
	Script language.Script
	Bold   bool
	Tables map[string][]byte
}

// Set is all fonts of one weight, Latin first.
type Set []*Font

// Load reads the embedded fonts. An error means a damaged build.
func Load() (regular, bold Set, err error) {
	for _, f := range families {
		for _, weight := range []string{"Regular", "Bold"} {
			one, err := load(f.name+"-"+weight, f.script)
			if err != nil {
				return nil, nil, fmt.Errorf("font %s-%s: %w", f.name, weight, err)
			}
			if one.Bold = weight == "Bold"; one.Bold {
				bold = append(bold, one)
			} else {
				regular = append(regular, one)
			}
		}
	}
	return regular, bold, nil
}

func load(name string, script language.Script) (*Font, error) {
	raw, err := files.ReadFile(name + ".ttf")
	if err != nil {
		return nil, err
	}
	loader, err := opentype.NewLoader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	parsed, err := font.NewFont(loader)
	if err != nil {
		return nil, err
	}
	listCoverage(parsed)
	f := &Font{Font: parsed, Name: name, Script: script, Tables: map[string][]byte{}}
	for _, tag := range []string{"glyf", "head", "hhea", "hmtx", "loca", "maxp", "OS/2"} {
		if f.Tables[tag], err = loader.RawTable(opentype.MustNewTag(tag)); err != nil {
			return nil, fmt.Errorf("table %s: %w", tag, err)
		}
	}
	return f, nil
}
