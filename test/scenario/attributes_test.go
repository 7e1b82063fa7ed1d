package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const sheetQuery = `query Sheet($for: AttributePurpose!, $names: [String!]) {
  viewer { attributes(for: $for, names: $names) {
    name label masked maskable photo { url } formats { id label preview chosen } } } }`

const revealAttributeMutation = `mutation Reveal($name: String!, $format: String) {
  revealAttribute(input: {name: $name, format: $format}) { value hideAt errors { code path } } }`

// sheet answers the attributes that can be chosen, by name.
func sheet(c *harness.Client, purpose string, names ...string) map[string]map[string]any {
	found := map[string]map[string]any{}
	variables := map[string]any{"for": purpose, "names": names}
	for _, a := range harness.At(c.Must(sheetQuery, variables), "viewer", "attributes").([]any) {
		found[harness.At(a, "name").(string)] = a.(map[string]any)
	}
	return found
}

func TestAResidentSeesWhatTheyCanPutOnACardOrShare(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	card, share := sheet(c, "CARD"), sheet(c, "SHARE")
	if len(card) != 10 || len(share) != 9 || share["preferredLang"] != nil {
		t.Errorf("%d attributes for a card and %d to share", len(card), len(share))
	}
	for name, want := range map[string]string{
		"UIN": r.UIN[:1] + strings.Repeat("X", len(r.UIN)-3) + r.UIN[len(r.UIN)-2:], "phone": "XXXXXX" + r.Phone[6:],
		"email": r.Email[:3] + strings.Repeat("X", strings.Index(r.Email, "@")-3) + r.Email[strings.Index(r.Email, "@"):],
	} {
		if a := share[name]; a["masked"] != want || a["maskable"] != true {
			t.Errorf("%s is %v, want %s", name, a, want)
		}
	}
	vid := perpetual(t, r)
	if got := share["perpetualVID"]["masked"]; got != vid[:1]+strings.Repeat("X", len(vid)-3)+vid[len(vid)-2:] {
		t.Errorf("the perpetual VID is %v", got)
	}
	if a := share["fullName"]; a["maskable"] != false || a["label"] != "Name" {
		t.Errorf("the name: %v", a)
	}
	dates := share["dateOfBirth"]["formats"].([]any)
	if len(dates) != 2 || harness.At(dates, 0, "id") != "DD/MMM" || harness.At(dates, 1, "chosen") != true ||
		len(harness.At(dates, 0, "preview").(string)) != 6 || len(harness.At(dates, 1, "preview").(string)) != 11 {
		t.Errorf("the formats of a date: %v", dates)
	}
	if parts := share["fullAddress"]["formats"].([]any); len(parts) != 9 || harness.At(parts, 8, "preview") == nil {
		t.Errorf("the parts of an address: %v", parts)
	}
	if photo := share["photo"]; photo["masked"] != nil || harness.At(photo, "photo", "url") == nil {
		t.Errorf("the photo: %v", photo)
	}
}

func TestASheetSpeaksTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	c.HTTP.Transport = speaking{c.HTTP.Transport, "ar"}
	found := sheet(c, "CARD", "fullName", "phone")
	if len(found) != 2 {
		t.Errorf("two names answer %d attributes", len(found))
	}
	name, _ := found["fullName"]["masked"].(string)
	if !strings.HasPrefix(name, string([]rune(r.Names["ara"])[:1])) || found["fullName"]["label"] == "Name" {
		t.Errorf("the name in Arabic: %v", found["fullName"])
	}
	if got := harness.At(c.Must(revealAttributeMutation, map[string]any{"name": "fullName"}), "revealAttribute", "value"); got != r.Names["ara"] {
		t.Errorf("the name unmasked is not the Arabic one")
	}
}

func TestASheetReadsOnlyWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	c.Settled()
	sheet(c, "CARD") // the schemas are kept afterwards
	sheet(c, "SHARE")
	for _, test := range []struct {
		query string
		want  map[string]int
	}{
		{`{ viewer { attributes(for: SHARE) { name label maskable formats { id label } } } }`, nil},
		{`{ viewer { attributes(for: SHARE, names: ["phone", "email"]) { masked } } }`, map[string]int{"identity": 1}},
		{`{ viewer { attributes(for: CARD, names: ["perpetualVID"]) { masked } } }`, map[string]int{"vid": 1}},
		{`{ viewer { card: attributes(for: CARD) { masked formats { preview } } share: attributes(for: SHARE) { masked formats { preview } } } }`,
			map[string]int{"identity": 1, "vid": 1}},
	} {
		s.ResetCalls(t)
		c.Must(test.query, nil)
		asked(t, s, test.query, test.want)
		for service, n := range test.want {
			if got := s.Calls(t)[service]; got != n {
				t.Errorf("%s: %s is asked %d times", test.query, service, got)
			}
		}
	}
}

func TestAResidentRevealsAnAttributeAndThatIsAudited(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	r := resident(t, s)
	c := s.SignIn(t, r.UIN)
	reveal := func(name string, format any) map[string]any {
		return harness.At(c.Must(revealAttributeMutation, map[string]any{"name": name, "format": format}), "revealAttribute").(map[string]any)
	}
	for name, want := range map[string]string{"UIN": r.UIN, "phone": r.Phone, "email": r.Email, "perpetualVID": perpetual(t, r), "fullName": r.Names["eng"]} {
		if got := reveal(name, nil); got["value"] != want || got["hideAt"] == nil || code(got) != nil {
			t.Errorf("%s unmasked: %v", name, got["errors"])
		}
	}
	day, _ := reveal("dateOfBirth", "DD/MMM")["value"].(string)
	if len(day) != 6 || !strings.Contains(day, "/") {
		t.Errorf("the day of birth: %q", day)
	}
	whole, _ := reveal("fullAddress", nil)["value"].(string)
	some, _ := reveal("fullAddress", "city,postalCode")["value"].(string)
	if strings.Count(some, ",") != 1 || strings.Count(whole, ",") < 3 || !strings.HasSuffix(whole, some[strings.Index(some, ",")+2:]) {
		t.Errorf("parts of the address: %q of %q", some, whole)
	}
	for _, bad := range []struct {
		name   string
		format any
		code   string
		path   string
	}{
		{"photo", nil, "NOT_FOUND", "[input name]"}, {"individualBiometrics", nil, "NOT_FOUND", "[input name]"},
		{"dateOfBirth", "YYYY", "INVALID", "[input format]"}, {"dateOfBirth", "DD/MMM,DD/MMM/YYYY", "INVALID", "[input format]"},
		{"fullAddress", "city,city", "INVALID", "[input format]"}, {"fullAddress", "city,UIN", "INVALID", "[input format]"},
		{"phone", "", "INVALID", "[input format]"},
	} {
		got := reveal(bad.name, bad.format)
		if code(got) != bad.code || fmt.Sprint(harness.At(got, "errors", 0, "path")) != bad.path || got["value"] != nil {
			t.Errorf("%s as %v: %v", bad.name, bad.format, got)
		}
	}
	harness.Eventually(t, "eight reveals are audited", func() bool {
		n := 0
		for _, record := range s.Audits(t) {
			if record["eventId"] == "RES-SER-198" {
				n++
			}
		}
		return n == 8
	})
}

func TestAnOldSignInRevealsNothing(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "STEP_UP_AGE=1ms")
	c := s.SignIn(t, resident(t, s).UIN)
	answer := c.Do(revealAttributeMutation, map[string]any{"name": "UIN"})
	if answer.Code("revealAttribute") != "STEP_UP_REQUIRED" {
		t.Errorf("revealing after an old sign-in: %+v", answer.Errors)
	}
}

func TestASheetTellsWhenAServiceIsAway(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	c := s.SignIn(t, resident(t, s).UIN)
	sheet(c, "SHARE")
	s.Faults(t, map[string]any{"vid": map[string]any{"errorRate": 1}})
	answer := c.Do(sheetQuery, map[string]any{"for": "SHARE"})
	if answer.Code("viewer.attributes.masked") == "" {
		t.Errorf("without VIDs: %+v", answer.Errors)
	}
	attributes, _ := harness.At(answer.Data, "viewer", "attributes").([]any)
	if !slices.ContainsFunc(attributes, func(a any) bool { return harness.At(a, "name") == "phone" && harness.At(a, "masked") != nil }) {
		t.Errorf("without VIDs the rest is gone too: %v", attributes)
	}
}
