package identity

import "slices"

// Texts answers a field of the record by its physical name, one entry per language; none for what the record does not
// hold or holds empty.
func (i *Identity) Texts(field string) []Text {
	return slices.DeleteFunc(values(i.Fields, field), func(t Text) bool { return t.Value == "" })
}
