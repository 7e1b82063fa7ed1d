package locale

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// mostPreferred is how many languages of a header are looked at; browsers send a handful.
const mostPreferred = 32

// Preferred answers the languages of an Accept-Language header, the most wanted first. One that is not known does not spoil
// the others, as it would if the header were read at once.
func Preferred(acceptLanguage string) []language.Tag {
	type wish struct {
		tag    language.Tag
		weight float32
	}
	var wishes []wish
	for i, part := range strings.SplitN(acceptLanguage, ",", mostPreferred+1) {
		if tags, weights, err := language.ParseAcceptLanguage(part); err == nil && len(tags) == 1 && i < mostPreferred {
			wishes = append(wishes, wish{tags[0], weights[0]})
		}
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	tags := make([]language.Tag, len(wishes))
	for i, w := range wishes {
		tags[i] = w.tag
	}
	return tags
}
