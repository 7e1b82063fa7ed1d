package resident

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

func heldBy(record string, preferred string) Holder {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(record), &fields); err != nil {
		panic(err)
	}
	return Holder{
		Identity: func(context.Context) (*identity.Identity, error) {
			return &identity.Identity{Fields: fields, PreferredLanguage: preferred}, nil
		},
		Vids: func(context.Context) ([]*vid.Vid, error) {
			return []*vid.Vid{{Number: "1", Type: vid.Temporary, Status: vid.Active}, {Number: "2", Type: vid.Perpetual, Status: vid.Revoked},
				{Number: "3", Type: vid.Perpetual, Status: vid.Active}}, nil
		},
	}
}

func TestAttributesAreWrittenAsTheirFormatsSay(t *testing.T) {
	const record = `{"UIN": 2047382910, "dateOfBirth": "1990/03/09", "email": "", "postalCode": "14022",
		"fullName": [{"language": "ara", "value": "أمينة"}, {"language": "eng", "value": "Amina"}],
		"nickname": [{"language": "ara", "value": "أ"}, {"language": "eng", "value": ""}],
		"city": [{"language": "eng", "value": "Kenitra"}], "zone": [{"language": "eng", "value": "Kenitra"}]}`
	address := configserver.Attribute{Name: "fullAddress", DefaultFormat: "city,zone,postalCode"}
	for _, test := range []struct {
		spec                            configserver.Attribute
		format, lang, preferred, wanted string
	}{
		{configserver.Attribute{Name: "fullName", DefaultFormat: "fullName"}, "", "eng", "", "Amina"},
		{configserver.Attribute{Name: "fullName"}, "", "tam", "eng,ara", "Amina"},
		{configserver.Attribute{Name: "fullName"}, "", "tam", "fra", "أمينة"},
		{configserver.Attribute{Name: "nickname"}, "", "eng", "", "أ"},
		{configserver.Attribute{Name: "UIN"}, "", "eng", "", "2047382910"},
		{configserver.Attribute{Name: "perpetualVID"}, "", "eng", "", "3"},
		{configserver.Attribute{Name: "photo"}, "", "eng", "", ""},
		{configserver.Attribute{Name: "email"}, "", "eng", "", ""},
		{configserver.Attribute{Name: "phone"}, "", "eng", "", ""},
		{configserver.Attribute{Name: "dateOfBirth", DefaultFormat: "DD/MMM/YYYY"}, "", "fra", "", "09/mars/1990"},
		{configserver.Attribute{Name: "dateOfBirth"}, "DD/MMM", "eng", "", "09/Mar"},
		{configserver.Attribute{Name: "dateOfBirth"}, "dd-MM-yyyy", "eng", "", "09-03-1990"},
		{configserver.Attribute{Name: "dateOfBirth"}, "", "eng", "", "1990/03/09"},
		{address, "", "eng", "", "Kenitra, 14022"},
		{address, "fullAddress", "eng", "", "Kenitra, 14022"},
		{address, "postalCode,city", "eng", "", "14022, Kenitra"},
		{address, "region", "eng", "", ""},
	} {
		got, err := attributeOf(test.spec, test.lang).Value(t.Context(), heldBy(record, test.preferred), test.format, test.lang)
		if err != nil || got != test.wanted {
			t.Errorf("%s as %q in %s: %q %v, want %q", test.spec.Name, test.format, test.lang, got, err, test.wanted)
		}
	}
}

func TestPasswordsRepeatWhatIsShort(t *testing.T) {
	for value, want := range map[string]string{"Amina Diallo": "AMIN", "Li": "LILI", "Bo Q": "BO Q", "أمينة": "أمين", "x": "XXXX"} {
		if got := passwordPart([]identity.Text{{Value: value}, {Value: "other"}}); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if got := passwordPart(nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
