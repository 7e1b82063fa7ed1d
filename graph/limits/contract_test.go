package limits

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// own calls f for the types that the contract defines itself.
func own(schema *ast.Schema, f func(*ast.Definition)) {
	for _, t := range schema.Types {
		if !t.BuiltIn && t.Position != nil && t.Position.Src.Name == "schema.graphqls" {
			f(t)
		}
	}
}

func TestEveryRootFieldSaysWhoMayUseIt(t *testing.T) {
	schema, seen := contract(t), 0
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			seen++
			auth, public := f.Directives.ForName("auth") != nil, f.Directives.ForName("public") != nil
			if auth == public {
				t.Errorf("%s.%s needs one of @auth and @public", root.Name, f.Name)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d root fields were seen", seen)
	}
}

func TestEveryPageIsPaidForByItsLength(t *testing.T) {
	schema, seen := contract(t), 0
	own(schema, func(d *ast.Definition) {
		for _, f := range d.Fields {
			if f.Arguments.ForName("first") == nil {
				continue
			}
			seen++
			cost := f.Directives.ForName("cost")
			if cost == nil || cost.ArgumentMap(nil)["multiplier"] != "first" {
				t.Errorf(`%s.%s needs @cost(multiplier: "first")`, d.Name, f.Name)
			}
		}
	})
	if seen < 3 {
		t.Errorf("only %d pages were seen", seen)
	}
	if _, err := NewPrices(schema); err != nil {
		t.Error(err)
	}
}

func TestEveryElementIsDescribed(t *testing.T) {
	schema, seen := contract(t), 0
	described := func(text, what string) {
		seen++
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s has no description", what)
		}
	}
	arguments := func(of string, list ast.ArgumentDefinitionList) {
		for _, a := range list {
			described(a.Description, of+"("+a.Name+")")
		}
	}
	own(schema, func(d *ast.Definition) {
		described(d.Description, d.Name)
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			described(f.Description, d.Name+"."+f.Name)
			arguments(d.Name+"."+f.Name, f.Arguments)
		}
		for _, v := range d.EnumValues {
			described(v.Description, d.Name+"."+v.Name)
		}
	})
	for _, d := range schema.Directives {
		if d.Position != nil && d.Position.Src.Name == "schema.graphqls" {
			described(d.Description, "@"+d.Name)
			arguments("@"+d.Name, d.Arguments)
		}
	}
	if seen < 200 {
		t.Errorf("only %d elements were seen", seen)
	}
}
