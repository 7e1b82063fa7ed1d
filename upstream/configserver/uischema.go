package configserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// UISchema is for what attributes of an identity are chosen, as the file of the configuration server is called.
type UISchema string

// The schemas.
const (
	PersonalizedCard   UISchema = "resident-ui-personalized-card-schema.json"
	ShareCredential    UISchema = "resident-ui-share-credential-schema.json"
	UpdateDemographics UISchema = "resident-ui-update-demographics-schema.json"
)

// Attribute is one that can be chosen. Labels are by language, an ISO 639-2 code such as eng.
type Attribute struct {
	// Name is the field of the identity, or UIN, perpetualVID, fullAddress (several fields) or photo.
	Name   string
	Labels map[string]string
	// MaskedName is how the masked value is called; "" for an attribute that is not masked.
	MaskedName    string
	Formats       []Format // in the schema's order; none for an attribute that is shown as it is
	DefaultFormat string
	FormatLabels  map[string]string // what the choice of formats is called
	Checked       bool              // chosen from the start
	LabelOnCard   bool              // the card shows the label beside the value
	LabelOnShare  bool              // the partner gets the label
	// What follows is of the update schema only.
	Control  string // textbox, calendar, dropdown, fileupload, …
	TabGroup string // identity, address, contact, …
	Level    *int   // of the location hierarchy that the values come from
}

// Format is a way to write an attribute. The formats of fullAddress are the fields that it is made of.
type Format struct {
	Value   string            // DD/MMM/YYYY, addressLine1, …
	Labels  map[string]string // by language
	Checked bool
}

// UISchema returns the attributes of a schema in its order. A missing file is an error with code http-404.
func (c *Client) UISchema(ctx context.Context, schema UISchema) ([]Attribute, error) {
	raw, err := c.File(ctx, string(schema))
	if err != nil {
		return nil, err
	}
	attributes, err := ParseUISchema(raw)
	if err != nil {
		return nil, c.up.Garbled("ui schema", "not-a-schema", err)
	}
	return attributes, nil
}

type wireAttribute struct {
	Name          string                  `json:"attributeName"`
	MaskedName    string                  `json:"maskAttributeName"`
	Maskable      bool                    `json:"maskRequired"`
	Formattable   bool                    `json:"formatRequired"`
	DefaultFormat string                  `json:"defaultFormat"`
	Labels        map[string]string       `json:"label"`
	FormatLabels  map[string]string       `json:"formatOptionLabel"`
	Formats       map[string][]wireFormat `json:"formatOption"` // by language, each list in the same order
	Checked       bool                    `json:"checked"`
	LabelOnCard   bool                    `json:"displaykeyinpersonalisedcard"`
	LabelOnShare  bool                    `json:"displaykeyinsharewithpartner"`
	Control       string                  `json:"controlType"`
	TabGroup      string                  `json:"tabgroup"`
	Level         *int                    `json:"locationHierarchyLevel"`
}

type wireFormat struct {
	Label   string `json:"label"`
	Value   string `json:"value"`
	Checked bool   `json:"checked"`
}

// ParseUISchema reads a schema.
func ParseUISchema(raw []byte) ([]Attribute, error) {
	var wire struct {
		Identity []wireAttribute `json:"identity"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return nil, fmt.Errorf("ui schema: %w", err)
	}
	if len(wire.Identity) == 0 {
		return nil, errors.New("ui schema: no attributes")
	}
	attributes := make([]Attribute, 0, len(wire.Identity))
	for _, w := range wire.Identity {
		a := Attribute{
			Name: w.Name, Labels: w.Labels, FormatLabels: w.FormatLabels, DefaultFormat: w.DefaultFormat, Checked: w.Checked,
			LabelOnCard: w.LabelOnCard, LabelOnShare: w.LabelOnShare, Control: w.Control, TabGroup: w.TabGroup, Level: w.Level,
		}
		if w.Maskable {
			if a.MaskedName = w.MaskedName; a.MaskedName == "" {
				a.MaskedName = "masked_" + w.Name
			}
		}
		if w.Formattable {
			a.Formats = w.formats()
		}
		attributes = append(attributes, a)
	}
	return attributes, nil
}

// formats turns the lists of each language into one list with labels of each language. The order is English's, which
// every country has; a format that it does not have follows.
func (w wireAttribute) formats() []Format {
	var list []Format
	at := map[string]int{}
	collect := func(lang string) {
		for _, f := range w.Formats[lang] {
			i, known := at[f.Value]
			if !known {
				i, at[f.Value] = len(list), len(list)
				list = append(list, Format{Value: f.Value, Labels: map[string]string{}, Checked: f.Checked})
			}
			list[i].Labels[lang] = f.Label
		}
	}
	collect("eng")
	for _, lang := range slices.Sorted(maps.Keys(w.Formats)) {
		if lang != "eng" {
			collect(lang)
		}
	}
	return list
}
