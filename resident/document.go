package resident

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/resident/locale"
	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// Where the signature is seen: on the last page, in points from the lower left corner.
const (
	signatureLeft, signatureRight = 73, 300
	signatureBottom, signatureTop = 80, 160
	signatureClear                = signatureTop + 14
)

// signedPDF answers a document as a PDF that Key Manager has signed, and nothing where it cannot be. The password, if
// there is one, is set with the signature: what is locked already cannot be signed.
func (s *Service) signedPDF(ctx context.Context, d *pdf.Document, password string) (*File, error) {
	now := s.Now().UTC()
	d.Made = now
	if d.Lang == "" {
		d.Lang = Language(ctx)
	}
	var out bytes.Buffer
	report, err := s.Renderer.Render(ctx, &out, d, pdf.Options{Clear: signatureClear})
	if err != nil {
		return nil, fmt.Errorf("draw a document: %w", err)
	}
	signed, err := s.Signer.SignPDF(ctx, out.Bytes(), keymanager.PDFSignature{Page: report.Pages, Password: password,
		Left: signatureLeft, Bottom: signatureBottom, Right: signatureRight, Top: signatureTop})
	if err != nil {
		return nil, err
	}
	return &File{MediaType: pdfType, Content: signed, MadeAt: now}, nil
}

// moment writes a time as the language of ctx does, with its time zone.
func (s *Service) moment(ctx context.Context, at time.Time) string {
	zone := s.Outgoing.config.Zone
	return locale.Of(Language(ctx)).DateTime(at.In(zone)) + " (" + locale.Zone(zone) + ")"
}

// statusText answers what Master Data calls a status in the language of ctx, else the status.
func (s *Service) statusText(ctx context.Context, status store.EventStatus) (string, error) {
	return s.named(ctx, statusCode(status), string(status))
}

// named answers Master Data's text, else ours for the word that it has none for, else the word.
func (s *Service) named(ctx context.Context, code, word string) (string, error) {
	text, err := s.References.Template(ctx, Language(ctx), code)
	if err == nil {
		text = cmp.Or(text, label(ctx, "word."+word), word)
	}
	return text, err
}

// fieldList collects labelled values; what has none is left out.
type fieldList struct {
	ctx  context.Context
	list []pdf.Field
}

func (l *fieldList) add(key, value string) {
	if value = strings.TrimSpace(value); value != "" {
		l.list = append(l.list, pdf.Field{Label: label(l.ctx, key), Value: value})
	}
}
