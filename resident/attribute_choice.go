package resident

import (
	"slices"
	"strconv"
	"strings"
)

// mostChoices bounds how many attributes one request can name; no sheet is near it.
const mostChoices = 50

// hasFormat says whether a format is one of the attribute's, or several of its parts with commas between them.
func (a *Attribute) hasFormat(format string) bool {
	known := func(id string) bool {
		return slices.ContainsFunc(a.Formats, func(f *AttributeFormat) bool { return f.ID == id })
	}
	if known(format) || format != "" && format == a.spec.DefaultFormat {
		return true
	}
	parts := partsOf(format)
	distinct := slices.Compact(slices.Sorted(slices.Values(parts)))
	if len(parts) < 2 || len(distinct) != len(parts) {
		return false
	}
	return !slices.ContainsFunc(parts, func(part string) bool {
		return isDatePattern(part) || !known(part)
	})
}

// canonical answers a format of the attribute as it is kept and sent: what stands between its parts, however much, is one
// comma.
func (a *Attribute) canonical(format string) string {
	if slices.ContainsFunc(a.Formats, func(f *AttributeFormat) bool { return f.ID == format }) || format == a.spec.DefaultFormat {
		return format
	}
	return strings.Join(partsOf(format), ",")
}

// chosen is an attribute of a sheet with what the resident chose of it.
type chosen struct {
	*Attribute
	format string // "" for the attribute as it is
	masked bool
}

// choose finds what a resident chose in a sheet, in the order in which it was chosen. INVALID says that there are fewer
// than least, that one is not in the sheet or named twice, has no such format or cannot be masked; the path tells which.
func choose(sheet []*Attribute, choices []*AttributeChoice, least int) ([]chosen, error) {
	if len(choices) < least || len(choices) > mostChoices {
		return nil, Refuse(Invalid, "input", "attributes")
	}
	found := make([]chosen, 0, len(choices))
	for i, c := range choices {
		at := slices.IndexFunc(sheet, func(a *Attribute) bool { return a.Name == c.Name })
		twice := slices.ContainsFunc(found, func(f chosen) bool { return f.Name == c.Name })
		switch {
		case at < 0 || twice:
			return nil, refuseChoice(Invalid, i, "name")
		case c.Format != nil && !sheet[at].hasFormat(*c.Format):
			return nil, refuseChoice(Invalid, i, "format")
		case c.Masked && !sheet[at].Maskable:
			return nil, refuseChoice(Invalid, i, "masked")
		}
		one := chosen{Attribute: sheet[at], masked: c.Masked, format: sheet[at].spec.DefaultFormat}
		if c.Format != nil {
			one.format = sheet[at].canonical(*c.Format)
		}
		found = append(found, one)
	}
	return found, nil
}

// refuseChoice makes an Error about a field of the choice at an index.
func refuseChoice(code ErrorCode, index int, field string) *Error {
	return Refuse(code, "input", "attributes", strconv.Itoa(index), field)
}

// namesOf answers the names of what was chosen.
func namesOf(choices []chosen) []string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = c.Name
	}
	return names
}
