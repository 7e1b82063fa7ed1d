package limits

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

const priced = `
directive @cost(weight: Int! = 1, multiplier: String) on FIELD_DEFINITION
interface Node { id: ID! }
type Query { free: Thing @cost(weight: 0) thing: Thing things(first: Int! = 10): [Thing!] @cost(weight: 2, multiplier: "first") node: Node }
type Mutation { act: Thing @cost(weight: 10) }
type Thing implements Node { id: ID! plain: Thing dear: Thing @cost(weight: 3) standard: ID @cost
  parts(first: Int! = 5): [Thing!] @cost(multiplier: "first")
  both(first: Int! = 5, last: Int): [Thing!] @cost(multiplier: "first") }
`

func TestCost(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: priced})
	prices, err := NewPrices(schema)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text      string
		variables map[string]any
		want      int
	}{
		"a root field":                   {"{thing{id}}", nil, 1},
		"a root field that says nothing": {"{free{id}}", nil, 0},
		"a mutation":                     {"mutation{act{id}}", nil, 10},
		"the weight left out is 1":       {"{free{standard}}", nil, 1},
		"a field without @cost":          {"{free{plain{plain{id}}}}", nil, 0},
		"children add up":                {"{thing{dear{dear{id}} plain{dear{id}}}}", nil, 10},
		"the default multiplies":         {"{things{dear{id}}}", nil, 2 + 10*3},
		"a literal multiplies":           {"{things(first:4){dear{id}}}", nil, 2 + 4*3},
		"a variable multiplies":          {"query($n:Int!){things(first:$n){dear{id}}}", map[string]any{"n": int64(7)}, 2 + 7*3},
		"a variable's default":           {"query($n:Int!=6){things(first:$n){dear{id}}}", nil, 2 + 6*3},
		"a variable left out":            {"query($n:Int){free{parts(first:$n){dear{id}}}}", nil, 1 + 5*3},
		"lists in lists":                 {"{things(first:3){parts(first:4){standard}}}", nil, 2 + 3*(1+4*1)},
		"from the end":                   {"{free{both(last:40){dear{id}}}}", nil, 1 + 40*3},
		"from the end by a variable":     {"query($n:Int){free{both(last:$n){dear{id}}}}", map[string]any{"n": int64(40)}, 1 + 40*3},
		"not from the end after all":     {"query($n:Int){free{both(last:$n){dear{id}} b:both(last:null){dear{id}}}}", map[string]any{"n": nil}, 2 * (1 + 5*3)},
		"children that cost nothing":     {"{things(first:100){id}}", nil, 2},
		"aliases are paid for each":      {"{a:thing{dear{id}} b:thing{dear{id}} thing{dear{id}}}", nil, 12},
		"what merges is paid for twice":  {"{thing{dear{id}} thing{dear{plain{id}}}}", nil, 8},
		"a fragment":                     {"{thing{...F}}fragment F on Thing{dear{id}}", nil, 4},
		"a fragment twice":               {"{a:thing{...F} b:thing{...F}}fragment F on Thing{dear{id}}", nil, 8},
		"an inline fragment":             {"{node{...on Thing{dear{id}}}}", nil, 4},
		"a fragment at the root":         {"{...F}fragment F on Query{thing{id}}", nil, 1},
		"what is left out is paid for":   {"{thing{dear@include(if:false){id}}}", nil, 4},
		"introspection":                  {"{__schema{types{fields{name}}} __type(name:\"Thing\"){name}}", nil, 2},
		"__typename":                     {"{__typename}", nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			op := operation(t, schema, test.text)
			variables, err := validator.VariableValues(schema, op, test.variables)
			if err != nil {
				t.Fatal(err)
			}
			if got, refused := prices.Cost(op, variables); refused != nil || got != test.want {
				t.Errorf("%d, want %d (%v)", got, test.want, refused)
			}
		})
	}
}

func operation(t testing.TB, schema *ast.Schema, text string) *ast.OperationDefinition {
	t.Helper()
	doc, err := gqlparser.LoadQueryWithRules(schema, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Operations[0]
}

func TestPagesThatAreTooLongAreInvalid(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: priced})
	prices, err := NewPrices(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, first := range []string{"101", "-1", "2147483647"} {
		if _, refused := prices.Cost(operation(t, schema, "{things(first:"+first+"){id}}"), nil); codeOf(refused) != codeInvalid {
			t.Errorf("first:%s answers %q", first, codeOf(refused))
		}
	}
	op := operation(t, schema, "query($n:Int!){things(first:$n){id}}")
	if _, refused := prices.Cost(op, map[string]any{"n": int64(1) << 40}); codeOf(refused) != codeInvalid {
		t.Errorf("a huge variable answers %q", codeOf(refused))
	}
}

func TestCostOfListsInListsDoesNotOverflow(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: priced})
	prices, err := NewPrices(schema)
	if err != nil {
		t.Fatal(err)
	}
	op := operation(t, schema, "{free"+strings.Repeat("{parts(first:100)", 30)+"{dear{id}}"+strings.Repeat("}", 30)+"}")
	if got, _ := prices.Cost(op, nil); got != ceiling {
		t.Errorf("%d, want the ceiling", got)
	}
}

func TestAMultiplierMustAlwaysHaveANumber(t *testing.T) {
	for _, field := range []string{
		`a(first: Int): Int @cost(multiplier: "first")`, `a: Int @cost(multiplier: "first")`,
		`a(first: String!): Int @cost(multiplier: "first")`,
	} {
		schema := gqlparser.MustLoadSchema(&ast.Source{Input: "directive @cost(weight: Int! = 1, multiplier: String) on FIELD_DEFINITION type Query {" + field + "}"})
		if _, err := NewPrices(schema); err == nil || !strings.Contains(err.Error(), "Query.a") {
			t.Errorf("%s: %v", field, err)
		}
	}
}
