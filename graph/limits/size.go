package limits

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Bounds is the largest document and request that is read.
type Bounds struct {
	Bytes      int // of the document
	Tokens     int // of the document, as the lexer counts them
	Fragments  int // definitions in the document
	Pairs      int // of fields under one response name, in the whole document
	Depth      int // of nested selections
	Meta       int // of nested selections below __schema and __type
	RootFields int // of an operation
	Fields     int // of an operation with its fragments spread
	Aliases    int // of an operation with its fragments spread
	Directives int // of an operation with its fragments spread
	Values     int // scalars, lists and objects in the variables of a request
}

// DefaultBounds is more than twice what the largest screen of the portal and the introspection query of GraphiQL use,
// and as little as keeps refusing the worst document below 5 ms of CPU.
func DefaultBounds() Bounds {
	return Bounds{Bytes: 16 << 10, Tokens: 1000, Fragments: 40, Pairs: 4000, Depth: 12, Meta: 20, RootFields: 10,
		Fields: 600, Aliases: 30, Directives: 50, Values: 500}
}

// A Size is what Bounds bounds of a parsed document. What is said of operations is the largest of any.
type Size struct {
	Fragments, Pairs, Depth, Meta, RootFields, Fields, Aliases, Directives int
}

// Check answers TOO_COSTLY with the first bound that the size breaks, nil when there is none.
func (b Bounds) Check(s Size) *gqlerror.Error {
	for _, bound := range []struct {
		has, may int
		what     string
	}{
		{s.Depth, b.Depth, "levels of selections"},
		{s.Meta, b.Meta, "levels of introspection"},
		{s.RootFields, b.RootFields, "root fields"},
		{s.Aliases, b.Aliases, "aliases"},
		{s.Directives, b.Directives, "directives"},
		{s.Fragments, b.Fragments, "fragments"},
		{s.Fields, b.Fields, "fields"},
		{s.Pairs, b.Pairs, "pairs of fields with the same response name"},
	} {
		if bound.has > bound.may {
			return tooCostly(fmt.Sprintf("The document has too many %s: at most %d are allowed.", bound.what, bound.may))
		}
	}
	return nil
}

// Measure answers the size of a document that is parsed but need not be valid. Each fragment is measured once, so the
// time is linear in the document, whatever its fragments do to one another; one that spreads itself adds nothing.
func Measure(doc *ast.QueryDocument) Size {
	m := measure{fragments: map[string]*ast.FragmentDefinition{}, memo: map[*ast.FragmentDefinition]extent{}, names: map[string]int{}}
	for _, f := range doc.Fragments {
		m.fragments[f.Name] = cmp.Or(m.fragments[f.Name], f)
	}
	s := Size{Fragments: len(doc.Fragments)}
	for _, f := range doc.Fragments {
		e := m.fragment(f)
		if strings.HasPrefix(f.TypeCondition, "__") { // fits only below __schema and __type
			e.meta, e.depth = max(e.meta, e.depth), 0
		}
		s.include(e)
	}
	for _, op := range doc.Operations {
		e := m.set(op.SelectionSet)
		e.directives = add(e.directives, len(op.Directives))
		for _, v := range op.VariableDefinitions {
			e.directives = add(e.directives, len(v.Directives))
		}
		s.include(e)
		s.RootFields = max(s.RootFields, e.top)
	}
	for _, n := range m.names {
		s.Pairs += n * (n - 1) / 2
	}
	return s
}

func (s *Size) include(e extent) {
	s.Depth, s.Meta = max(s.Depth, e.depth), max(s.Meta, e.meta)
	s.Fields, s.Aliases, s.Directives = max(s.Fields, e.fields), max(s.Aliases, e.aliases), max(s.Directives, e.directives)
}

// An extent is the size of one selection set with its fragments spread; top counts its own level alone.
type extent struct{ depth, meta, top, fields, aliases, directives int }

type measure struct {
	fragments map[string]*ast.FragmentDefinition
	memo      map[*ast.FragmentDefinition]extent
	names     map[string]int
}

func (m *measure) fragment(f *ast.FragmentDefinition) extent {
	if e, known := m.memo[f]; known {
		return e
	}
	m.memo[f] = extent{} // for the spreads of f within f, which validation refuses
	e := m.set(f.SelectionSet)
	e.directives = add(e.directives, len(f.Directives))
	m.memo[f] = e
	return e
}

func (m *measure) set(selections ast.SelectionSet) (sum extent) {
	for _, s := range selections {
		var e extent
		switch s := s.(type) {
		case *ast.Field:
			e = m.field(s)
		case *ast.InlineFragment:
			e = m.set(s.SelectionSet)
			e.directives = add(e.directives, len(s.Directives))
		case *ast.FragmentSpread:
			if f := m.fragments[s.Name]; f != nil {
				e = m.fragment(f)
			}
			e.directives = add(e.directives, len(s.Directives))
		}
		sum.depth, sum.meta, sum.top = max(sum.depth, e.depth), max(sum.meta, e.meta), add(sum.top, e.top)
		sum.fields, sum.aliases, sum.directives = add(sum.fields, e.fields), add(sum.aliases, e.aliases), add(sum.directives, e.directives)
	}
	return sum
}

func (m *measure) field(f *ast.Field) extent {
	m.names[f.Alias]++
	e := m.set(f.SelectionSet)
	e.top, e.depth, e.fields = 1, e.depth+1, add(e.fields, 1)
	e.directives = add(e.directives, len(f.Directives))
	if f.Alias != f.Name {
		e.aliases = add(e.aliases, 1)
	}
	if isMeta(f) {
		e.meta, e.depth = max(e.meta, e.depth), 1
	}
	return e
}

// ceiling is where counting stops: fragments that spread fragments double with each.
const ceiling = 1 << 30

func add(a, b int) int { return min(a+b, ceiling) }

// Introspects says whether the root selections of a validated operation read the schema. `__typename` does not.
func Introspects(root ast.SelectionSet) bool {
	return slices.ContainsFunc(root, func(s ast.Selection) bool {
		switch s := s.(type) {
		case *ast.Field:
			return isMeta(s)
		case *ast.InlineFragment:
			return Introspects(s.SelectionSet)
		case *ast.FragmentSpread:
			return Introspects(s.Definition.SelectionSet)
		}
		return false
	})
}

func isMeta(f *ast.Field) bool { return f.Name == "__schema" || f.Name == "__type" }
