package pdf_test

import (
	"bytes"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/text/language"

	"github.com/resident-graph/resident-graph/pdf"
)

// structure reads the tags of a file with pdfcpu.
type structure struct {
	t *testing.T
	*model.Context
}

func structureOf(t *testing.T, file []byte) structure {
	t.Helper()
	ctx, err := api.ReadContext(bytes.NewReader(file), &model.Configuration{Cmd: model.VALIDATE, Reader15: true,
		ValidationMode: model.ValidationStrict, Offline: true, Limits: model.DefaultResourceLimits()})
	if err != nil {
		t.Fatal(err)
	}
	return structure{t, ctx}
}

func (s structure) dict(o types.Object) types.Dict {
	d, err := s.DereferenceDict(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// walk calls f for each element below one, in reading order.
func (s structure) walk(of types.Dict, f func(types.Dict)) {
	kids, _ := of.Find("K")
	kids, err := s.Dereference(kids)
	if err != nil {
		s.t.Fatal(err)
	}
	list, several := kids.(types.Array)
	if !several {
		list = types.Array{kids}
	}
	for _, kid := range list {
		kid, _ := s.Dereference(kid)
		if e, ok := kid.(types.Dict); ok && e["S"] != nil {
			f(e)
			s.walk(e, f)
		}
	}
}

// TestTheTagsAreThere: what PDF/UA-1 asks of the catalogue, of headers and of figures, and the order of elements.
func TestTheTagsAreThere(t *testing.T) {
	for _, one := range samples {
		b, _ := render(t, one.document(), pdf.Options{})
		s := structureOf(t, b)
		catalog, err := s.Catalog()
		if err != nil {
			t.Fatal(err)
		}
		if s.dict(catalog["MarkInfo"])["Marked"] != types.Boolean(true) || s.dict(catalog["ViewerPreferences"])["DisplayDocTitle"] != types.Boolean(true) {
			t.Errorf("%s: the catalogue is %v", one.lang, catalog)
		}
		if lang, err := s.DereferenceText(catalog["Lang"]); err != nil || lang != language.MustParse(one.lang).String() {
			t.Errorf("%s: the language is %q: %v", one.lang, lang, err)
		}
		var roles []string
		s.walk(s.dict(catalog["StructTreeRoot"]), func(e types.Dict) {
			role := *e.NameEntry("S")
			roles = append(roles, role)
			switch role {
			case "TH":
				if scope := s.dict(e["A"]).NameEntry("Scope"); scope == nil || *scope != "Column" && *scope != "Row" {
					t.Errorf("%s: a header is for %v", one.lang, e["A"])
				}
			case "Figure":
				if e["Alt"] == nil || s.dict(e["A"])["BBox"] == nil {
					t.Errorf("%s: a figure is %v", one.lang, e)
				}
			}
		})
		want := []string{"Document", "H1", "P", "Table", "TR", "TH", "TD", "TR", "TH", "TD", "H2", "Table"}
		for i, role := range want {
			if i >= len(roles) || roles[i] != role {
				t.Fatalf("%s: elements are %v, want first %v", one.lang, roles, want)
			}
		}
	}
}
