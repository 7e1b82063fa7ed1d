package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/resident-graph/resident-graph/sandbox/seedkey"
)

const residentCount = 300

// resident is one person ID Repository knows.
type resident struct {
	UIN           string
	Status        string // ACTIVATED, DEACTIVATED or BLOCKED
	Names         texts
	PreferredLang string
	Email         string // may be empty
	Phone         string // may be empty
	RID           string // the packet that made the UIN
	Identity      json.RawMessage
	portrait      uint64
}

// residents are everybody, in the order of the seed, and by UIN.
type residents struct {
	all   []*resident
	byUIN map[string]*resident
}

// population draws residents from the seed.
type population struct {
	random                 *rand.Rand
	female, male, families []texts
	streets                []texts
	places                 []place
	fields                 map[string]texts // "gender FLE"
}

// place is one corner of the country, by postal code.
type place struct {
	postalCode string
	parts      map[string]texts // region, province, city, zone
}

// newResidents draws the residents of a seed. The first one has everything
// that can be had, so that a tour can start with them.
func newResidents(seed string) (*residents, error) {
	p, err := newPopulation(seed)
	if err != nil {
		return nil, err
	}
	r := &residents{byUIN: map[string]*resident{}}
	for len(r.all) < residentCount {
		uin := drawNumber(p.random, uinLength, validUIN)
		if r.byUIN[uin] != nil {
			continue
		}
		one, err := p.draw(uin, len(r.all))
		if err != nil {
			return nil, err
		}
		r.all = append(r.all, one)
		r.byUIN[uin] = one
	}
	return r, nil
}

func newPopulation(seed string) (*population, error) {
	p := &population{random: randomFrom(seed, "residents"), fields: map[string]texts{}}
	names, err := table("names.tsv", 1)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		list := map[string]*[]texts{"female": &p.female, "male": &p.male, "family": &p.families}[name.kind]
		*list = append(*list, name.texts)
	}
	places, err := table("places.tsv", 2)
	if err != nil {
		return nil, err
	}
	for _, row := range places {
		if row.kind == "street" {
			p.streets = append(p.streets, row.texts)
			continue
		}
		if n := len(p.places); n == 0 || p.places[n-1].postalCode != row.kind {
			p.places = append(p.places, place{postalCode: row.kind, parts: map[string]texts{}})
		}
		p.places[len(p.places)-1].parts[row.key] = row.texts
	}
	fields, err := table("fields.tsv", 2)
	for _, row := range fields {
		p.fields[row.kind+" "+row.key] = row.texts
	}
	return p, err
}

// draw makes the resident at an index.
func (p *population) draw(uin string, index int) (*resident, error) {
	gender, given := "FLE", p.female
	if index%2 == 1 {
		gender, given = "MLE", p.male
	}
	name, family := given[index/2%len(given)], p.families[(index+index/len(p.families))%len(p.families)]
	one := &resident{
		UIN: uin, Status: "ACTIVATED", PreferredLang: languages[p.random.IntN(len(languages))],
		Email:    strings.ToLower(fmt.Sprintf("%s.%s%d@example.org", name[0], family[0], index+1)),
		Phone:    fmt.Sprintf("9%03d%06d", index, p.random.IntN(1_000_000)),
		RID:      fmt.Sprintf("1000110080%05d202%d%02d%02d094512", index+1, 2+index%4, 1+index%12, 1+index%28),
		portrait: p.random.Uint64(),
	}
	for i := range languages {
		one.Names[i] = name[i] + " " + family[i]
	}
	switch lacks := p.random.IntN(100); {
	case index == 0:
		one.PreferredLang = "eng"
	case lacks < 6:
		one.Email = ""
	case lacks < 11:
		one.Phone = ""
	case lacks < 13:
		one.Email, one.Phone = "", ""
	case lacks < 17:
		one.Status = "DEACTIVATED"
	case lacks < 19:
		one.Status = "BLOCKED"
	}
	return one, p.describe(one, gender)
}

// describe writes the identity object of ID Repository.
func (p *population) describe(one *resident, gender string) error {
	home := p.places[p.random.IntN(len(p.places))]
	street := p.streets[p.random.IntN(len(p.streets))]
	house := fmt.Sprint(1 + p.random.IntN(180))
	for i := range street {
		street[i] = house + " " + street[i]
	}
	identity := map[string]any{
		"IDSchemaVersion": 0.1, "UIN": one.UIN, "preferredLang": one.PreferredLang, "postalCode": home.postalCode,
		"fullName": simpleType(one.Names), "gender": simpleType(p.fields["gender "+gender]),
		"residenceStatus": simpleType(p.fields["residenceStatus NFR"]),
		"dateOfBirth":     fmt.Sprintf("%d/%02d/%02d", 1945+p.random.IntN(62), 1+p.random.IntN(12), 1+p.random.IntN(28)),
		"addressLine1":    simpleType(street), "addressLine2": simpleType(home.parts["zone"]),
		"addressLine3": simpleType(home.parts["city"]), "region": simpleType(home.parts["region"]),
		"province": simpleType(home.parts["province"]), "city": simpleType(home.parts["city"]),
		"zone":                 simpleType(home.parts["zone"]),
		"proofOfIdentity":      map[string]any{"refNumber": nil, "format": "pdf", "type": "DOC001", "value": "proofOfIdentity_DOC001"},
		"individualBiometrics": map[string]any{"format": "cbeff", "version": 1.0, "value": "individualBiometrics_bio_CBEFF"},
	}
	if one.Email != "" {
		identity["email"] = one.Email
	}
	if one.Phone != "" {
		identity["phone"] = one.Phone
	}
	encoded, err := json.Marshal(identity)
	if err != nil {
		return fmt.Errorf("encode an identity: %w", err)
	}
	one.Identity = encoded
	return nil
}

// localText is one element of a simpleType field.
type localText struct {
	Language string `json:"language"`
	Value    string `json:"value"`
}

func simpleType(t texts) []localText {
	list := make([]localText, len(languages))
	for i, language := range languages {
		list[i] = localText{language, t[i]}
	}
	return list
}

// randomFrom is the generator that follows from seed and name.
func randomFrom(seed, name string) *rand.Rand {
	var key [32]byte
	_, _ = io.ReadFull(seedkey.Stream(seed, name), key[:]) // a Stream never ends
	return rand.New(rand.NewChaCha8(key))
}

// byRID finds whose packet a registration id was; nil when nobody's.
func (r *residents) byRID(rid string) *resident {
	for _, one := range r.all {
		if one.RID == rid {
			return one
		}
	}
	return nil
}

// byHandle finds the owner of a handle such as 9123004567@phone.
func (r *residents) byHandle(handle string) *resident {
	phone, isPhone := strings.CutSuffix(strings.ToLower(handle), "@phone")
	email, isEmail := strings.CutSuffix(strings.ToLower(handle), "@email")
	for _, one := range r.all {
		if isPhone && one.Phone == phone && phone != "" || isEmail && one.Email == email && email != "" {
			return one
		}
	}
	return nil
}
