package resident

import (
	"context"
	"strconv"
	"strings"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/store"
)

// AcknowledgementFile is the kind of the document that says what became of an event.
const AcknowledgementFile FileKind = "acknowledgement"

// Acknowledgement answers what a link to the acknowledgement of an event leads to, in the language of ctx, and under
// which name it is saved; false for an event that has none. An event that moves on gets another one.
func Acknowledgement(ctx context.Context, e *store.Event) (ref FileRef, name string, has bool) {
	if ServiceTypeOf(e.RequestType) == nil {
		return FileRef{}, "", false
	}
	lang := Language(ctx)
	return FileRef{Kind: AcknowledgementFile, EventID: e.EventID, Lang: lang,
		Key: strings.Join([]string{"acknowledgement", e.EventID, lang, strconv.FormatInt(e.UpdatedAt.UnixMicro(), 36)}, "/")}, acknowledgementName(e), true
}

func acknowledgementName(e *store.Event) string { return "acknowledgement-" + e.EventID + ".pdf" }

// makeAcknowledgement makes the acknowledgement of an event as the event stands now.
func makeAcknowledgement(s *Service, ctx context.Context, who *Resident, ref FileRef) (*File, error) {
	ctx = inLanguage(ctx, ref.Lang)
	e, err := s.Store.Event(ctx, who.TokenID, ref.EventID)
	if err != nil {
		return nil, err
	}
	d, err := s.acknowledgement(ctx, e)
	if err != nil {
		return nil, err
	}
	f, err := s.signedPDF(ctx, d, "")
	if err != nil {
		s.Outgoing.auditSoon("GET_ACKNOWLEDGEMENT_DOWNLOAD_URL_FAILURE", s.auditOf(e))
		return nil, err
	}
	s.Outgoing.auditSoon("GET_ACKNOWLEDGEMENT_DOWNLOAD_URL_SUCCESS", s.auditOf(e))
	f.Name = acknowledgementName(e)
	return f, nil
}

// acknowledgement writes down an event: what it is, how it stands, and how it came to stand so.
func (s *Service) acknowledgement(ctx context.Context, e *store.Event) (*pdf.Document, error) {
	what, err := s.named(ctx, typeCode(e.RequestType), string(e.RequestType))
	if err != nil {
		return nil, err
	}
	description, err := s.Description(ctx, e)
	if err != nil {
		return nil, err
	}
	fields, err := s.eventFields(ctx, e)
	if err != nil {
		return nil, err
	}
	timeline, err := s.timelineTable(ctx, e)
	if err != nil {
		return nil, err
	}
	return &pdf.Document{
		Title: label(ctx, "acknowledgement") + ": " + what, Footer: label(ctx, "eventId") + " " + e.EventID,
		Blocks: []pdf.Block{
			pdf.Heading{Level: 1, Text: label(ctx, "acknowledgement")},
			pdf.Heading{Level: 2, Text: what}, pdf.Paragraph{Text: description}, pdf.Fields{List: fields},
			pdf.Heading{Level: 2, Text: label(ctx, "timeline")}, timeline,
		},
	}, nil
}

// eventFields answers what is known of an event, each under its label. Ids are masked.
func (s *Service) eventFields(ctx context.Context, e *store.Event) ([]pdf.Field, error) {
	status, err := s.statusText(ctx, e.Status)
	if err != nil {
		return nil, err
	}
	mode, err := s.LoginModeLabel(ctx, e)
	if err != nil {
		return nil, err
	}
	l := &fieldList{ctx: ctx}
	l.add("eventId", e.EventID)
	l.add("status", status)
	if e.Status == store.Failed && e.ErrorCode != nil {
		l.add("reason", MessageFor(ctx, AsError(FailureOf(e))))
	}
	l.add("began", s.moment(ctx, e.CreatedAt))
	l.add("changed", s.moment(ctx, e.UpdatedAt))
	l.add("partner", s.partnerName(ctx, e))
	l.add("purpose", orEmpty(e.Purpose))
	key := "attributes"
	if e.RequestType == store.GenerateVid || e.RequestType == store.RevokeVid || e.RequestType == store.VidCardDownload {
		key = "type"
	}
	l.add(key, s.attributeWords(ctx, e))
	l.add("vid", orEmpty(e.RefMasked))
	if e.SignedInWith != nil {
		l.add("signedInWith", string(*e.SignedInWith))
	}
	l.add("loginMode", orEmpty(mode))
	l.add("made", s.moment(ctx, s.Now()))
	return l.list, nil
}

// partnerName answers whom an event concerns as it calls itself; a list of partners that cannot be read is no reason to
// refuse a document.
func (s *Service) partnerName(ctx context.Context, e *store.Event) string {
	if e.PartnerName != nil || e.PartnerID == nil {
		return orEmpty(e.PartnerName)
	}
	found, err := s.References.Partner(ctx, *e.PartnerID)
	if err != nil || found == nil {
		return *e.PartnerID
	}
	return found.Name
}

func (s *Service) timelineTable(ctx context.Context, e *store.Event) (pdf.Table, error) {
	stages, err := s.Timelines(ctx, e.TokenID, []*store.Event{e})
	if err != nil {
		return pdf.Table{}, err
	}
	t := pdf.Table{Head: []string{label(ctx, "time"), label(ctx, "status")}, Widths: []float64{3, 2}}
	for _, stage := range stages[e.EventID] {
		name, err := s.StageLabel(ctx, stage)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, []string{s.moment(ctx, stage.At), name})
	}
	return t, nil
}
