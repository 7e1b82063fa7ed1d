package resident

import (
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/upstream/partner"
)

func named(names ...string) (list []*partner.Partner) {
	for _, name := range names {
		list = append(list, &partner.Partner{Key: "key of " + name, Name: name, Type: partner.Auth, Active: true})
	}
	return list
}

func TestAPartnerIsFoundInEveryScript(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"École nationale", "ecole", true}, {"Ecole nationale", "ÉCOLE", true}, {"E\u0301cole", "école", true}, {"Straße", "STRASSE", true},
		{"Đà Nẵng", "da nang", true}, {"İZMİR", "izmir", true}, {"Bank of København", "kobenhavn", true}, {"ＢＡＮＫ", "bank", true},
		{"МОСКВА", "москва", true}, {"ΑΘΗΝΑ", "αθήνα", true}, {"هيئة الصِّحة", "الصحة", true}, {"مؤسسة أحمد", "احمد", true}, {"احمد", "أحمد", true},
		{"स्वास्थ्य कुटुंब", "कुटुं", true}, {"कुटुंब", "कट", false}, {"தமிழ்நாடு வங்கி", "வங்கி", true}, {"தமிழ்", "தம்", false},
		{"ಕರ್ನಾಟಕ ಬ್ಯಾಂಕ್", "ಬ್ಯಾಂಕ್", true}, {"日本銀行", "銀行", true}, {"50% (b)*", "% (b)*", true}, {"Bank", "", true}, {"Bank", "  bank ", true},
		{"Bank", "x", false}, {"Bank", "b.nk", false},
	} {
		if found, _ := FindPartners(named(test.name), partner.Auth, test.text, ""); (len(found) == 1) != test.want {
			t.Errorf("%q in %q: %t", test.text, test.name, len(found) == 1)
		}
	}
}

func TestPartnersStandByNameAsPeopleDo(t *testing.T) {
	list := named("Zebra", "Éclair", "apple", "Eclipse", "Banque", "هيئة", "eclair", "कुटुंब")
	found, _ := FindPartners(list, partner.Auth, "", "")
	var names []string
	for _, p := range found {
		names = append(names, p.Name)
	}
	if want := []string{"apple", "Banque", "eclair", "Éclair", "Eclipse", "Zebra", "هيئة", "कुटुंब"}; !slices.Equal(names, want) {
		t.Errorf("they stand as %v", names)
	}
}

func TestAPageGoesOnWhenItsLastPartnerIsGone(t *testing.T) {
	list := named("A", "C", "E", "G")
	list = append(list, &partner.Partner{Key: "another C", Name: "C", Type: partner.Auth, Active: true})
	for _, test := range []struct {
		after, want string
		start       int
	}{{"A", "C", 1}, {"B", "C", 1}, {"C", "E", 3}, {"D", "E", 3}, {"F", "G", 4}, {"G", "", 5}, {"H", "", 5}, {"", "A", 0}} {
		place := ""
		if test.after != "" {
			place = PartnerPlace(named(test.after)[0])
		}
		found, start := FindPartners(list, partner.Auth, "", place)
		if start != test.start || start < len(found) && found[start].Name != test.want {
			t.Errorf("after %q: %d of %d", test.after, start, len(found))
		}
	}
}
