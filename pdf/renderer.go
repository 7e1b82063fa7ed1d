package pdf

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/pdf/file"
	"github.com/resident-graph/resident-graph/pdf/fonts"
	"github.com/resident-graph/resident-graph/pdf/text"
)

// Renderer holds the fonts. It is safe for concurrent use.
type Renderer struct{ regular, bold fonts.Set }

// New answers a renderer, or an error if the fonts of the build are damaged.
func New() (*Renderer, error) {
	regular, bold, err := fonts.Load()
	if err != nil {
		return nil, err
	}
	return &Renderer{regular: regular, bold: bold}, nil
}

// Render writes d to w as PDF 1.7. The same document makes the same bytes; with a password, which needs random salts, it
// makes the same pages. It stops at the next page once ctx is done. An error may come after the first bytes.
func (r *Renderer) Render(ctx context.Context, w io.Writer, d *Document, o Options) (Report, error) {
	lang, err := language.Parse(d.Lang)
	if err != nil {
		return Report{}, fmt.Errorf("the document's language: %w", err)
	}
	if d.Title == "" {
		return Report{}, fmt.Errorf("a document needs a title")
	}
	out, err := file.NewWriter(w, o.Password)
	if err != nil {
		return Report{}, err
	}
	l := newLayout(ctx, out, text.New(r.regular, r.bold, lang))
	l.clear = o.Clear
	for _, b := range d.Blocks {
		if err := b.draw(l); err != nil {
			return Report{}, err
		}
	}
	if err := l.finish(d, lang); err != nil {
		return Report{}, err
	}
	return Report{Pages: len(l.pages), Missing: l.text.Missing}, nil
}
