package configserver_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/configserver"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

var seven = []string{"ara", "eng", "fra", "hin", "kan", "spa", "tam"}

func TestUISchemas(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := configserver.New(m.Client("configserver", "CONFIG_SERVER_URL"))
	for schema, want := range map[configserver.UISchema][]string{
		configserver.ShareCredential:  {"fullName", "dateOfBirth", "UIN", "perpetualVID", "phone", "email", "fullAddress", "gender", "photo"},
		configserver.PersonalizedCard: {"fullName", "dateOfBirth", "UIN", "perpetualVID", "phone", "email", "fullAddress", "gender", "preferredLang", "photo"},
		configserver.UpdateDemographics: {"fullName", "dateOfBirth", "gender", "proofOfIdentity", "addressLine1", "addressLine2", "addressLine3", "region",
			"province", "city", "zone", "postalCode", "proofOfAddress", "email", "phone", "preferredLang"},
	} {
		m.Calls()
		got, err := c.UISchema(t.Context(), schema)
		if err != nil {
			t.Fatal(err)
		}
		if n := m.Calls()["configserver"]; n != 1 {
			t.Errorf("%d calls", n)
		}
		var names []string
		for _, a := range got {
			names = append(names, a.Name)
			spoken(t, a.Labels)
			for _, f := range a.Formats {
				spoken(t, f.Labels)
			}
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Error(diff)
		}
	}
}

// spoken checks that a label is there in every language.
func spoken(t *testing.T, labels map[string]string) {
	t.Helper()
	for _, lang := range seven {
		if labels[lang] == "" {
			t.Errorf("nothing in %s: %v", lang, labels)
		}
	}
	if len(labels) != len(seven) {
		t.Error(labels)
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := configserver.New(m.Client("configserver", "CONFIG_SERVER_URL"))
	got, err := c.UISchema(t.Context(), configserver.ShareCredential)
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string) configserver.Attribute {
		return got[slices.IndexFunc(got, func(a configserver.Attribute) bool { return a.Name == name })]
	}
	if a := of("dateOfBirth"); a.MaskedName != "" || a.DefaultFormat != "DD/MMM/YYYY" || len(a.Formats) != 2 || a.Formats[0].Value != "DD/MMM" ||
		a.Formats[0].Checked || !a.Formats[1].Checked || a.Formats[1].Labels["fra"] != "JJ/MMM/AAAA" {
		t.Errorf("%+v", a)
	}
	if a := of("phone"); a.MaskedName != "masked_phone" || a.Formats != nil || !a.LabelOnCard || !a.LabelOnShare {
		t.Errorf("%+v", a)
	}
	if a := of("UIN"); a.LabelOnCard || !a.LabelOnShare {
		t.Errorf("%+v", a)
	}
	if a := of("fullAddress"); len(a.Formats) != 9 || a.Formats[0].Value != "addressLine1" || a.Formats[8].Value != "fullAddress" {
		t.Errorf("%+v", a)
	}
}

func TestOtherUISchemas(t *testing.T) {
	t.Parallel()
	got, err := configserver.ParseUISchema([]byte(`{"identity":[{"attributeName":"a","maskRequired":true,"formatRequired":true,
		"formatOption":{"fra":[{"value":"y","label":"Y"}],"eng":[{"value":"x","label":"X","checked":true}],"ara":[{"value":"x","label":"س"}]}},
		{"attributeName":"b","maskAttributeName":"unused","formatOption":{"eng":[{"value":"x"}]},"locationHierarchyLevel":2}]}`))
	level := 2
	if diff := cmp.Diff([]configserver.Attribute{
		{Name: "a", MaskedName: "masked_a", Formats: []configserver.Format{
			{Value: "x", Labels: map[string]string{"eng": "X", "ara": "س"}, Checked: true}, {Value: "y", Labels: map[string]string{"fra": "Y"}},
		}},
		{Name: "b", Level: &level},
	}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, raw := range []string{"", "[]", "{}", `{"identity":[]}`, `{"identity":{}}`} {
		if got, err := configserver.ParseUISchema([]byte(raw)); err == nil {
			t.Errorf("%q: %v", raw, got)
		}
	}
	s := contract.Serve(t, map[string]string{"GET /" + string(configserver.ShareCredential): `{"identity":7}`})
	c := configserver.New(s.Client)
	if _, err := c.UISchema(t.Context(), configserver.ShareCredential); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
	_, err = c.UISchema(t.Context(), configserver.PersonalizedCard)
	if e, ok := errors.AsType[*upstream.Error](err); !ok || e.Code != "http-404" {
		t.Error(err)
	}
}
