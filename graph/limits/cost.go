package limits

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// MaxPage is how often the children of a list can be paid for: the most entries that a page holds.
const MaxPage = 100

// A Cost is what an operation costs, as `extensions.cost` tells it, in units of one upstream call.
type Cost struct {
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
	// Remaining is what is left in the caller's bucket after the operation; absent when nobody counts.
	Remaining *int `json:"remaining,omitempty"`
}

// Prices is what each field of a schema costs.
type Prices struct {
	fields map[*ast.FieldDefinition]price
}

// A price is what a field's @cost says.
type price struct {
	weight     int
	multiplier string
}

// NewPrices reads the prices of a schema. A field without @cost costs nothing, a root field without it 1. It answers an
// error when a multiplier names no argument that always has a number.
func NewPrices(schema *ast.Schema) (*Prices, error) {
	p := &Prices{fields: map[*ast.FieldDefinition]price{}}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		if root == nil {
			continue
		}
		for _, f := range root.Fields {
			p.fields[f] = price{weight: 1}
		}
	}
	for _, t := range schema.Types {
		for _, f := range t.Fields {
			cost := f.Directives.ForName("cost")
			if cost == nil {
				continue
			}
			given := cost.ArgumentMap(nil)
			weight, _ := given["weight"].(int64)
			multiplier, _ := given["multiplier"].(string)
			if multiplier != "" && !alwaysNumber(f.Arguments.ForName(multiplier)) {
				return nil, fmt.Errorf("@cost of %s.%s: %q must be an argument of type Int! or with a default", t.Name, f.Name, multiplier)
			}
			p.fields[f] = price{int(weight), multiplier}
		}
	}
	return p, nil
}

func alwaysNumber(a *ast.ArgumentDefinition) bool {
	return a != nil && a.Type.Name() == "Int" && (a.Type.NonNull || a.DefaultValue != nil)
}

// Cost answers what a validated operation costs at most: fields that merge are paid for each time, and so are those that
// @skip and @include leave out. Each fragment is priced once. A page of more than MaxPage entries answers INVALID.
func (p *Prices) Cost(op *ast.OperationDefinition, variables map[string]any) (int, *gqlerror.Error) {
	b := bill{prices: p, variables: variables, fragments: map[*ast.FragmentDefinition]int{}}
	total := b.set(op.SelectionSet)
	if b.tooLong {
		return total, refusal(codeInvalid, fmt.Sprintf("A page holds 1 to %d entries.", MaxPage))
	}
	return total, nil
}

// A bill is being written for one operation.
type bill struct {
	prices    *Prices
	variables map[string]any
	fragments map[*ast.FragmentDefinition]int
	tooLong   bool
}

func (b *bill) set(selections ast.SelectionSet) (total int) {
	for _, s := range selections {
		switch s := s.(type) {
		case *ast.Field:
			total = add(total, b.field(s))
		case *ast.InlineFragment:
			total = add(total, b.set(s.SelectionSet))
		case *ast.FragmentSpread:
			total = add(total, b.fragment(s.Definition))
		}
	}
	return total
}

func (b *bill) fragment(f *ast.FragmentDefinition) int {
	total, known := b.fragments[f]
	if !known {
		total = b.set(f.SelectionSet)
		b.fragments[f] = total
	}
	return total
}

func (b *bill) field(f *ast.Field) int {
	own := b.prices.fields[f.Definition]
	children := b.set(f.SelectionSet)
	if own.multiplier != "" {
		children = min(children*b.times(f, own.multiplier), ceiling)
	}
	return add(own.weight, children)
}

// fromTheEnd is the argument that says how many entries are wanted where a list is read from its end.
const fromTheEnd = "last"

// times answers the number in the argument that multiplies, or in fromTheEnd where the operation gives that instead, within
// 0 and MaxPage. What is beyond makes the bill tooLong.
func (b *bill) times(f *ast.Field, argument string) int {
	n, ok := b.number(f, argument)
	if last, given := b.number(f, fromTheEnd); given {
		n, ok = last, true
	}
	if !ok || n < 0 || n > MaxPage {
		b.tooLong = true
		return MaxPage
	}
	return int(n)
}

func (b *bill) number(f *ast.Field, argument string) (int64, bool) {
	defined := f.Definition.Arguments.ForName(argument)
	if defined == nil {
		return 0, false
	}
	value := defined.DefaultValue
	if given := f.Arguments.ForName(argument); given != nil {
		if given.Value.Kind == ast.Variable {
			if v, set := b.variables[given.Value.Raw]; set {
				n, ok := v.(int64)
				return n, ok
			}
		} else {
			value = given.Value
		}
	}
	if value == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(value.Raw, 10, 64)
	return n, err == nil
}
