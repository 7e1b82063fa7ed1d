package masterdata_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/identity"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/masterdata"
)

func TestIDSchema(t *testing.T) {
	t.Parallel()
	m := contract.StartMOSIP(t)
	c := masterdata.New(m.Client("masterdata", "MASTERDATA_URL"))
	m.Calls()
	got, err := c.IDSchema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Calls()["masterdata"]; n != 1 {
		t.Errorf("%d calls", n)
	}
	if got.Version != "0.1" || !json.Valid(got.JSON) || !slices.IsSortedFunc(got.Fields, func(a, b masterdata.Field) int {
		return map[bool]int{true: -1, false: 1}[a.Name < b.Name]
	}) {
		t.Errorf("%s %v", got.Version, got.Fields)
	}
	fields := map[string]masterdata.Field{}
	for _, f := range got.Fields {
		fields[f.Name] = f
	}
	if f := fields["fullName"]; f.Type != "simpleType" || f.Category != "pvt" || !f.Required || len(f.Patterns) != 1 || f.Patterns[0].Lang != "" {
		t.Errorf("%+v", f)
	}
	if f := fields["phone"]; f.Type != "string" || f.Required || f.Patterns[0].Expression != "^([6-9]{1})([0-9]{9})$" {
		t.Errorf("%+v", f)
	}
	one, err := identity.New(m.Client("identity", "IDENTITY_URL")).Read(t.Context(), m.Resident().UIN)
	if err != nil {
		t.Fatal(err)
	}
	for name := range one.Fields {
		if _, known := fields[name]; !known {
			t.Errorf("an identity has %s, the schema does not", name)
		}
	}
	denied := masterdata.New(m.ClientAs("mosip-ida-client", "masterdata", m.Env["MASTERDATA_URL"]))
	if _, err := denied.IDSchema(t.Context()); upstream.KindOf(err) != upstream.Denied {
		t.Error(err)
	}
}

func TestOtherSchemas(t *testing.T) {
	t.Parallel()
	answer := func(schema string) *masterdata.Client {
		text, _ := json.Marshal(schema)
		return masterdata.New(contract.Serve(t, map[string]string{"GET /idschema/latest": `{"response":{"idVersion":0.3,"schemaJson":` + string(text) + `},"errors":null}`}).Client)
	}
	got, err := answer(`{"properties":{"identity":{"properties":{"b":{"type":"string","validators":[{"type":"regex","validator":"^x$","langCode":"ara"},{"type":"script","validator":"y"}]},"a":{"$ref":"#/definitions/simpleType"}},"required":["a"]}}}`).IDSchema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]masterdata.Field{
		{Name: "a", Type: "simpleType", Required: true}, {Name: "b", Type: "string", Patterns: []masterdata.Pattern{{Lang: "ara", Expression: "^x$"}}},
	}, got.Fields); diff != "" || got.Version != "0.3" {
		t.Error(diff, got.Version)
	}
	for _, schema := range []string{"", "<html>", "{}", `{"properties":{"identity":[]}}`} {
		if _, err := answer(schema).IDSchema(t.Context()); upstream.KindOf(err) != upstream.Garbled {
			t.Errorf("%q: %v", schema, err)
		}
	}
	none := contract.Serve(t, map[string]string{"GET /idschema/latest": `{"response":null,"errors":[{"errorCode":"KER-SCH-007","message":"Identity schema not found"}]}`})
	if _, err := masterdata.New(none.Client).IDSchema(t.Context()); !upstream.HasCode(err, "KER-SCH-007") {
		t.Error(err)
	}
}
