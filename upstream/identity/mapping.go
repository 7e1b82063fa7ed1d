package identity

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// mapping says which physical fields of a country's identity hold the logical ones.
type mapping struct {
	uin, name, email, phone, preferredLanguage, birthDate []string
}

func defaultMapping() *mapping {
	return &mapping{
		uin: []string{"UIN"}, name: []string{"fullName"}, email: []string{"email"}, phone: []string{"phone"},
		preferredLanguage: []string{"preferredLang"}, birthDate: []string{"dateOfBirth"},
	}
}

// UseMapping takes the country's field names from identity-mapping.json; a logical field it does not name keeps MOSIP's
// default. It may be called while the client is in use.
func (c *Client) UseMapping(raw []byte) error {
	var wire struct {
		Identity map[string]struct {
			Value string `json:"value"`
		} `json:"identity"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return fmt.Errorf("identity mapping: %w", err)
	}
	m := defaultMapping()
	for logical, physical := range map[string]*[]string{
		"uin": &m.uin, "name": &m.name, "email": &m.email, "phone": &m.phone, "preferredLanguage": &m.preferredLanguage,
		"dob": &m.birthDate,
	} {
		fields := strings.FieldsFunc(wire.Identity[logical].Value, func(r rune) bool { return r == ',' || r == ' ' })
		if len(fields) > 0 {
			*physical = fields
		}
	}
	c.fields.Store(m)
	return nil
}

// text returns the first value found, in whatever language: for fields that have none, such as an e-mail address.
func (m *mapping) text(record map[string]json.RawMessage, fields []string) string {
	if texts := m.texts(record, fields); len(texts) > 0 {
		return texts[0].Value
	}
	return ""
}

// texts joins the fields with a blank, language by language.
func (m *mapping) texts(record map[string]json.RawMessage, fields []string) []Text {
	var joined []Text
	for _, field := range fields {
		for _, t := range values(record, field) {
			at := slices.IndexFunc(joined, func(j Text) bool { return j.Lang == t.Lang })
			switch {
			case t.Value == "":
			case at < 0:
				joined = append(joined, t)
			default:
				joined[at].Value += " " + t.Value
			}
		}
	}
	return joined
}

// values reads one field in any of the shapes an ID schema allows: text, number, {value}, [{language, value}].
func values(record map[string]json.RawMessage, field string) []Text {
	raw, ok := record[field]
	if !ok {
		return byLanguage(record, field)
	}
	var texts []struct{ Language, Value string }
	if json.Unmarshal(raw, &texts) == nil {
		out := make([]Text, 0, len(texts))
		for _, t := range texts {
			out = append(out, Text{Lang: language(t.Language), Value: t.Value})
		}
		return out
	}
	var object struct{ Value string }
	if json.Unmarshal(raw, &object) == nil && object.Value != "" {
		return []Text{{Lang: language(""), Value: object.Value}}
	}
	return []Text{{Lang: language(""), Value: plain(raw)}}
}

// byLanguage finds a text that an older schema spreads over fullName_eng, fullName_ara and so on.
func byLanguage(record map[string]json.RawMessage, field string) (out []Text) {
	for name, raw := range record {
		if lang, ok := strings.CutPrefix(name, field+"_"); ok && len(lang) == 3 {
			out = append(out, Text{Lang: language(lang), Value: plain(raw)})
		}
	}
	slices.SortFunc(out, func(a, b Text) int { return strings.Compare(a.Lang, b.Lang) })
	return out
}

// plain returns a string as it is and a number as it is written; null and anything else as "".
func plain(raw json.RawMessage) string {
	var s string
	var n json.Number
	if json.Unmarshal(raw, &s) != nil && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return s
}

func language(code string) string {
	if code == "" {
		return "und"
	}
	return strings.ToLower(code)
}
