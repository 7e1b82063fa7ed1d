package masterdata

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/upstream"
)

// IDSchema is how identities of the country are made up.
type IDSchema struct {
	Version json.Number // as IDSchemaVersion of an identity names it, such as 0.1
	Title   string
	Fields  []Field         // ordered by name
	JSON    json.RawMessage // the whole schema, JSON Schema draft-07
}

// Field is one attribute of an identity.
type Field struct {
	Name     string
	Type     string // string, number, integer, object; simpleType for one text per language; documentType, biometricsType
	Category string // pvt, kyc, evidence, optEvidence, …; "" when the schema does not say
	Required bool
	// Patterns are the regular expressions that a value must match, in the order of the schema.
	Patterns []Pattern
}

// Pattern is what a value must match in one language; Lang is "" for every language.
type Pattern struct{ Lang, Expression string }

// IDSchema returns the newest published schema. Refused with KER-SCH-007: there is none.
func (c *Client) IDSchema(ctx context.Context) (*IDSchema, error) {
	const operation = "id schema"
	wire, err := upstream.Do[struct {
		Version json.Number `json:"idVersion"`
		Title   string      `json:"title"`
		Schema  string      `json:"schemaJson"` // JSON inside a text
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Path: "/idschema/latest", Query: url.Values{"schemaVersion": {"0"}}, Idempotent: true,
	})
	if err != nil {
		return nil, err
	}
	fields, err := parseFields([]byte(wire.Schema))
	if err != nil {
		return nil, c.up.Garbled(operation, "not-a-schema", err)
	}
	return &IDSchema{Version: wire.Version, Title: wire.Title, Fields: fields, JSON: json.RawMessage(wire.Schema)}, nil
}

type wireField struct {
	Type       string `json:"type"`
	Ref        string `json:"$ref"`
	Category   string `json:"fieldCategory"`
	Validators []struct {
		Type       string  `json:"type"`
		Expression string  `json:"validator"`
		Lang       *string `json:"langCode"`
	} `json:"validators"`
}

func parseFields(schema []byte) ([]Field, error) {
	var wire struct {
		Properties struct {
			Identity struct {
				Properties map[string]wireField `json:"properties"`
				Required   []string             `json:"required"`
			} `json:"identity"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(schema, &wire); err != nil {
		return nil, err
	}
	identity := wire.Properties.Identity
	if len(identity.Properties) == 0 {
		return nil, errors.New("a schema without an identity")
	}
	fields := make([]Field, 0, len(identity.Properties))
	for name, w := range identity.Properties {
		f := Field{Name: name, Type: w.Type, Category: w.Category, Required: slices.Contains(identity.Required, name)}
		if w.Ref != "" {
			f.Type = w.Ref[strings.LastIndex(w.Ref, "/")+1:]
		}
		for _, v := range w.Validators {
			if v.Type != "regex" || v.Expression == "" {
				continue
			}
			p := Pattern{Expression: v.Expression}
			if v.Lang != nil {
				p.Lang = *v.Lang
			}
			f.Patterns = append(f.Patterns, p)
		}
		fields = append(fields, f)
	}
	slices.SortFunc(fields, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	return fields, nil
}
