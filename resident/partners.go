package resident

import (
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/search"

	"github.com/resident-graph/resident-graph/upstream/partner"
)

// alefs are one letter to those who look for a name; the Unicode collation holds them apart.
var alefs = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا", "ا\u0654", "ا", "ا\u0655", "ا", "ا\u0653", "ا")

// FindPartners answers the active partners of a type whose name holds a text, accents, letter case and width aside as
// the Unicode collation has them for all scripts, by name; and which of them is the first after a place, "" for the start.
// A place stays where it is when partners come and go.
func FindPartners(all []*partner.Partner, of partner.Type, text, place string) (found []*partner.Partner, start int) {
	pattern := search.New(language.Und, search.Loose).CompileString(alefs.Replace(strings.TrimSpace(text)))
	blank := strings.TrimSpace(text) == ""
	order := newPartnerOrder()
	for _, p := range all {
		if !p.Active || p.Type != of {
			continue
		}
		if at, _ := pattern.IndexString(alefs.Replace(p.Name)); blank || at >= 0 {
			found = append(found, p)
		}
	}
	order.sort(found)
	if place != "" {
		start, _ = slices.BinarySearchFunc(found, place, func(p *partner.Partner, place string) int {
			if order.compare(PartnerPlace(p), place) <= 0 {
				return -1
			}
			return 1
		})
	}
	return found, start
}

// PartnerPlace answers where a partner stands in a list: its name, and its key among those of one name.
func PartnerPlace(p *partner.Partner) string { return p.Name + "\x00" + p.Key }

// partnerOrder is the order of names that all languages share, so that a page in one is followed by a page in another.
type partnerOrder struct{ names *collate.Collator }

func newPartnerOrder() partnerOrder { return partnerOrder{collate.New(language.Und)} }

func (o partnerOrder) sort(list []*partner.Partner) {
	slices.SortFunc(list, func(a, b *partner.Partner) int { return o.compare(PartnerPlace(a), PartnerPlace(b)) })
}

// compare orders places by name as people do, then by the bytes, so that no two are equal.
func (o partnerOrder) compare(a, b string) int {
	nameA, _, _ := strings.Cut(a, "\x00")
	nameB, _, _ := strings.Cut(b, "\x00")
	if c := o.names.CompareString(nameA, nameB); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
