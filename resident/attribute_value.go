package resident

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/resident/locale"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

// Holder is whose attributes are written. Each is read when an attribute needs it, and not before.
type Holder struct {
	Identity func(context.Context) (*identity.Identity, error)
	Vids     func(context.Context) ([]*vid.Vid, error)
}

// Value answers an attribute as a format writes it, "" when the holder has none; "" as the format asks for the usual one.
// What is held in several languages is answered in lang, else in the language that the resident prefers, else as it was
// captured first.
func (a *Attribute) Value(ctx context.Context, h Holder, format, lang string) (string, error) {
	switch a.Name {
	case photoAttribute:
		return "", nil
	case PerpetualVidAttribute:
		vids, err := h.Vids(ctx)
		if err != nil {
			return "", err
		}
		for _, v := range vids {
			if v.Type == vid.Perpetual && v.Status == vid.Active {
				return v.Number, nil
			}
		}
		return "", nil
	}
	who, err := h.Identity(ctx)
	if err != nil {
		return "", err
	}
	return a.written(who, format, lang), nil
}

// Masked answers the same, masked by the country's rules.
func (a *Attribute) Masked(ctx context.Context, h Holder, format, lang string) (string, error) {
	value, err := a.Value(ctx, h, format, lang)
	return mask(a.Name, value), err
}

// written writes an attribute of an identity: a date in a pattern, anything else as the fields that the format names.
func (a *Attribute) written(who *identity.Identity, format, lang string) string {
	if format == "" {
		format = a.spec.DefaultFormat
	}
	if isDatePattern(format) {
		return dateIn(textIn(who, a.Name, lang), format, lang)
	}
	var parts []string
	for _, field := range a.fields(who, format) {
		if text := textIn(who, field, lang); text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// fields answers the fields that an attribute is written from. fullAddress is no field: it is made of all its parts.
func (a *Attribute) fields(who *identity.Identity, format string) []string {
	switch parts := partsOf(format); {
	case len(who.Texts(a.Name)) > 0 && (len(parts) == 0 || slices.Contains(parts, a.Name)):
		return []string{a.Name}
	case slices.Contains(parts, a.Name):
		return partsOf(a.spec.DefaultFormat)
	case len(parts) > 0:
		return parts
	}
	return []string{a.Name}
}

// partsOf answers the fields that a format names, with commas between them.
func partsOf(format string) []string {
	return strings.FieldsFunc(format, func(r rune) bool { return r == ',' || r == ' ' })
}

// textIn answers a field in a language, else in the resident's own, else as it was captured first.
func textIn(who *identity.Identity, field, lang string) string {
	texts := who.Texts(field)
	for _, l := range append([]string{lang}, codesIn(who.PreferredLanguage)...) {
		if at := slices.IndexFunc(texts, func(t identity.Text) bool { return t.Lang == l }); at >= 0 {
			return texts[at].Value
		}
	}
	if len(texts) == 0 {
		return ""
	}
	return texts[0].Value
}

// isDatePattern says whether a format writes a date, such as DD/MMM/YYYY.
func isDatePattern(format string) bool {
	return strings.Trim(format, "DdMmYy/-. ") == "" && strings.ContainsAny(format, "DMYdy")
}

// dateIn writes a date of an identity as a pattern has it, its month in the language; what is no date stays as it is.
func dateIn(date, pattern, lang string) string {
	for _, written := range []string{"2006/01/02", time.DateOnly} {
		if at, err := time.Parse(written, date); err == nil {
			return locale.Of(lang).Pattern(at, pattern)
		}
	}
	return date
}
