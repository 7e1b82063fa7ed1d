package resident

import (
	"context"
	"slices"

	"github.com/resident-graph/resident-graph/upstream/configserver"
)

// AttributePurpose is what attributes are chosen for.
type AttributePurpose string

// The purposes.
const (
	ForCard  AttributePurpose = "CARD"
	ForShare AttributePurpose = "SHARE"
)

// sheets has the country's UI schema for each purpose.
var sheets = map[AttributePurpose]configserver.UISchema{
	ForCard: configserver.PersonalizedCard, ForShare: configserver.ShareCredential,
}

// Attribute is one of the identity that can be chosen for a purpose.
type Attribute struct {
	Name     string
	Label    string
	Maskable bool
	// Formats are the ways to write it; none for one that is written as it is.
	Formats []*AttributeFormat
	spec    configserver.Attribute
}

// AttributeFormat is a way to write an attribute.
type AttributeFormat struct {
	ID    string
	Label string
	// Chosen says that the country proposes it.
	Chosen    bool
	Attribute *Attribute
}

// AttributeChoice is an attribute that a resident has chosen, how it is written and whether it is masked.
type AttributeChoice struct {
	Name   string
	Format *string
	Masked bool
}

// The attributes that no field of an identity holds.
const (
	photoAttribute = "photo"
	// PerpetualVidAttribute shows a VID, so it needs the consent for VIDs too.
	PerpetualVidAttribute = "perpetualVID"
)

// IsPhoto says whether an attribute is the photo, which is a file and no text.
func (a *Attribute) IsPhoto() bool { return a.Name == photoAttribute }

// Attributes answers the attributes that can be chosen for a purpose, in the country's order and with labels in a
// language. names restricts them; with none, all are answered.
func (s *Service) Attributes(ctx context.Context, purpose AttributePurpose, names []string, lang string) ([]*Attribute, error) {
	specs, err := s.References.UISchema(ctx, sheets[purpose])
	if err != nil {
		return nil, err
	}
	sheet := make([]*Attribute, 0, len(specs))
	for _, spec := range specs {
		if len(names) == 0 || slices.Contains(names, spec.Name) {
			sheet = append(sheet, attributeOf(spec, lang))
		}
	}
	return sheet, nil
}

func attributeOf(spec configserver.Attribute, lang string) *Attribute {
	a := &Attribute{Name: spec.Name, Label: labelIn(spec.Labels, lang, spec.Name), Maskable: spec.MaskedName != "",
		Formats: make([]*AttributeFormat, 0, len(spec.Formats)), spec: spec}
	for _, f := range spec.Formats {
		a.Formats = append(a.Formats, &AttributeFormat{ID: f.Value, Label: labelIn(f.Labels, lang, f.Value),
			Chosen: f.Checked, Attribute: a})
	}
	return a
}

// labelIn answers the label in a language, else in the one for everybody else, else the word itself.
func labelIn(labels map[string]string, lang, word string) string {
	for _, l := range []string{lang, Languages[0]} {
		if labels[l] != "" {
			return labels[l]
		}
	}
	return word
}

// attributeNamed answers an attribute of whatever purpose, nil for a name that is in no sheet.
func (s *Service) attributeNamed(ctx context.Context, name, lang string) (*Attribute, error) {
	for _, purpose := range []AttributePurpose{ForCard, ForShare} {
		found, err := s.Attributes(ctx, purpose, []string{name}, lang)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return nil, nil
}
