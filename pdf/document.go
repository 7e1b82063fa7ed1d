// Package pdf makes the documents that residents download: cards, the service history, acknowledgements and lists. A
// document is data, never markup, and Render turns it into a tagged PDF in any of the product's languages. Nothing is
// fetched from anywhere.
//
//	Document → layout (pages, tables, cards) → text (shaping, lines, font subsets) → file (objects, encryption)
package pdf

import (
	"errors"
	"time"
)

// Document is what Render draws. Title and Lang are what assistive technology announces.
type Document struct {
	Title  string
	Lang   string    // as MOSIP writes it (eng, ara …) or as BCP 47 does
	Made   time.Time // the time the file names as its own; zero names none
	Footer string    // at the foot of every page, beside its number
	Blocks []Block
}

// Block is one of Heading, Paragraph, Fields, Table, Image, Card, Divider and PageBreak.
type Block interface{ draw(*layout) error }

// Heading is a heading of level 1 to 6. A level that would skip one is raised, so that the outline has no holes.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is running text; \n begins a new line.
type Paragraph struct{ Text string }

// Field is a label and what it labels.
type Field struct{ Label, Value string }

// Fields is a list of labels and values, one pair a row.
type Fields struct{ List []Field }

// Table has one header row, which every page repeats. Widths are shares of the line; without them columns are as wide as
// their content asks for. Missing cells are empty, and cells beyond the header are an error.
type Table struct {
	Head   []string
	Rows   [][]string
	Widths []float64
}

// Image is a PNG or JPEG file. Without an Alt it is decoration that nobody needs to be told of.
type Image struct {
	Data  []byte
	Alt   string
	Width float64 // in millimetres; 0 is its own width at 150 dots an inch. Never wider than the line
}

// Card is a card of 85.6 by 54 mm (ISO/IEC 7810 ID-1), to be cut out. Fields that do not fit its front go on as many
// further faces as they need.
type Card struct {
	Title  string
	Photo  *Image
	Name   string
	ID     string // masked by the caller
	Fields []Field
}

// Divider is a line across the page.
type Divider struct{}

// PageBreak begins a new page.
type PageBreak struct{}

// Options are what a file has besides its content.
type Options struct {
	Password string  // opens the file; "" leaves it open to all
	Clear    float64 // points above the lower edge of the last page that stay free, as for a visible signature
}

// Report tells what became of a document.
type Report struct {
	Pages   int
	Missing int // characters that no font has, drawn as an empty box
}

// What one document may hold. Beyond it Render answers ErrTooLarge.
const (
	MaxPages     = 1_000
	MaxCells     = 100_000
	MaxString    = 64 << 10 // bytes in one string
	MaxImage     = 8 << 20  // bytes in one image
	MaxImageSide = 5_000    // pixels
)

// ErrTooLarge says that a document is beyond what this package draws.
var ErrTooLarge = errors.New("the document is too large")
