package resident

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/pdf"
	"github.com/resident-graph/resident-graph/resident/locale"
	"github.com/resident-graph/resident-graph/store"
)

// HistoryFile is the kind of a service history as a document.
const HistoryFile FileKind = "history"

// HistoryName is under what name a service history is saved.
const HistoryName = "service-history.pdf"

// exportAtMost is how many events a document holds.
const exportAtMost = 1000

// ExportHistory answers what a link to the service history as a document leads to. INVALID names what of the filter, or
// that the language, cannot be; lang nil is that of ctx.
func (s *Service) ExportHistory(ctx context.Context, f HistoryFilter, lang *string) (FileRef, error) {
	if _, err := f.stored(); err != nil {
		if refusal, ok := errors.AsType[*Error](err); ok {
			refusal.Path = append([]string{"input"}, refusal.Path...)
		}
		return FileRef{}, err
	}
	language := Language(ctx)
	if lang != nil {
		if !slices.Contains(Languages, *lang) {
			return FileRef{}, languageNotOffered()
		}
		language = *lang
	}
	f.Types, f.Statuses = distinct(f.Types), distinct(f.Statuses) // they stand in the link, which must not grow
	return FileRef{Kind: HistoryFile, Key: "history/" + rand.Text(), Lang: language, History: &f}, nil
}

// distinct answers the values of a list, each once.
func distinct[T cmp.Ordered](list []T) []T { return slices.Compact(slices.Sorted(slices.Values(list))) }

// makeHistory makes a service history of the events that there are now.
func makeHistory(s *Service, ctx context.Context, who *Resident, ref FileRef) (*File, error) {
	ctx = inLanguage(ctx, ref.Lang)
	record := s.auditOfResident(who.TokenID, who.IndividualID, who.SignedInWith)
	f, err := s.historyFile(ctx, who, *ref.History)
	if err != nil {
		s.Outgoing.auditSoon("DOWNLOAD_SERVICE_HISTORY_FAILURE", record)
		return nil, err
	}
	s.Outgoing.auditSoon("DOWNLOAD_SERVICE_HISTORY_SUCCESS", record)
	return f, nil
}

func (s *Service) historyFile(ctx context.Context, who *Resident, filter HistoryFilter) (*File, error) {
	events, err := s.History(ctx, who, filter, store.HistoryPage{Order: store.NewestFirst, Limit: exportAtMost + 1})
	if err != nil {
		return nil, err
	}
	more := len(events) > exportAtMost
	events = events[:min(len(events), exportAtMost)]
	fields, err := s.selectionFields(ctx, filter, len(events))
	if err != nil {
		return nil, err
	}
	title := label(ctx, "history")
	d := &pdf.Document{Title: title, Footer: title, Blocks: []pdf.Block{pdf.Heading{Level: 1, Text: title}, pdf.Fields{List: fields}}}
	if more {
		d.Blocks = append(d.Blocks, pdf.Paragraph{
			Text: strings.ReplaceAll(label(ctx, "more"), "{count}", locale.Of(Language(ctx)).Number(exportAtMost))})
	}
	if len(events) == 0 {
		d.Blocks = append(d.Blocks, pdf.Paragraph{Text: label(ctx, "none")})
	} else {
		table, err := s.eventTable(ctx, events)
		if err != nil {
			return nil, err
		}
		d.Blocks = append(d.Blocks, table)
	}
	f, err := s.signedPDF(ctx, d, "")
	if err == nil {
		f.Name = HistoryName
	}
	return f, err
}

func (s *Service) eventTable(ctx context.Context, events []*store.Event) (pdf.Table, error) {
	zone, writes := s.Outgoing.config.Zone, locale.Of(Language(ctx))
	t := pdf.Table{Head: []string{label(ctx, "eventId"), label(ctx, "time") + " (" + locale.Zone(zone) + ")", label(ctx, "what"), label(ctx, "partner"),
		label(ctx, "status")}, Widths: []float64{5, 5, 7, 4, 3}}
	for _, e := range events {
		what, err := s.Description(ctx, e)
		if err != nil {
			return t, err
		}
		status, err := s.statusText(ctx, e.Status)
		if err != nil {
			return t, err
		}
		at := writes.DateTime(e.CreatedAt.In(zone))
		t.Rows = append(t.Rows, []string{e.EventID, at, what, s.partnerName(ctx, e), status})
	}
	return t, nil
}

// selectionFields says which events the document is about.
func (s *Service) selectionFields(ctx context.Context, f HistoryFilter, count int) ([]pdf.Field, error) {
	selection, err := s.selection(ctx, f)
	if err != nil {
		return nil, err
	}
	var period []string
	for _, bound := range []struct {
		key string
		day *time.Time
	}{{"since", f.From}, {"until", f.To}} {
		if bound.day != nil {
			period = append(period, label(ctx, bound.key)+" "+locale.Of(Language(ctx)).Date(*bound.day)+" (UTC)")
		}
	}
	l := &fieldList{ctx: ctx}
	l.add("made", s.moment(ctx, s.Now()))
	l.add("period", strings.Join(period, ", "))
	l.add("selection", strings.Join(selection, "; "))
	l.add("count", locale.Of(Language(ctx)).Number(count))
	return l.list, nil
}

// selection answers the parts of a filter in words.
func (s *Service) selection(ctx context.Context, f HistoryFilter) ([]string, error) {
	var parts, types, statuses []string
	for _, t := range f.Types {
		text, err := s.named(ctx, "mosip.service.type."+string(t), string(t))
		if err != nil {
			return nil, err
		}
		types = append(types, text)
	}
	for _, status := range f.Statuses {
		text, err := s.statusText(ctx, status)
		if err != nil {
			return nil, err
		}
		statuses = append(statuses, text)
	}
	for _, words := range [][]string{types, statuses} {
		if len(words) > 0 {
			parts = append(parts, strings.Join(words, ", "))
		}
	}
	if f.Pinned != nil {
		parts = append(parts, label(ctx, map[bool]string{true: "pinned", false: "unpinned"}[*f.Pinned]))
	}
	if f.Text != nil && *f.Text != "" {
		parts = append(parts, label(ctx, "eidHolds")+" "+*f.Text)
	}
	if len(parts) == 0 {
		parts = []string{label(ctx, "everything")}
	}
	return parts, nil
}
