package idor

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// naming are the scalars whose values name a thing of a resident.
var naming = []string{"ID", "Cursor", "EventID", "URL", "Upload"}

// loadSchema reads the contract as it is served.
var loadSchema = sync.OnceValues(func() (*ast.Schema, error) {
	text, err := os.ReadFile(filepath.Join(root(), "schema.graphqls"))
	if err != nil {
		return nil, err
	}
	return gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
})

func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

func contract(t testing.TB) *ast.Schema {
	t.Helper()
	schema, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// objects answers the object types of the contract, sorted, without introspection's.
func objects(schema *ast.Schema) []*ast.Definition {
	var found []*ast.Definition
	for _, d := range schema.Types {
		if d.Kind == ast.Object && !d.BuiltIn {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// takers answers the coordinate of every place that takes a naming scalar or, in an input, an idempotency key:
// `Mutation.revokeVid(input.vidId)`. Query.node has one per type that it can find.
func takers(schema *ast.Schema) []string {
	var found []string
	for _, object := range objects(schema) {
		for _, field := range object.Fields {
			for _, argument := range field.Arguments {
				for _, path := range namingPaths(schema, argument.Name, argument.Type, nil) {
					found = append(found, object.Name+"."+field.Name+"("+path+")")
				}
			}
		}
	}
	for i, coordinate := range found {
		if coordinate == "Query.node(id)" {
			found = slices.Replace(found, i, i+1, nodes(schema)...)
			break
		}
	}
	return found
}

func nodes(schema *ast.Schema) []string {
	var found []string
	for _, d := range schema.GetPossibleTypes(schema.Types["Node"]) {
		found = append(found, "Query.node(id: "+d.Name+")")
	}
	slices.Sort(found)
	return found
}

// namingPaths answers the paths of naming scalars at or below an argument. seen holds the inputs above it.
func namingPaths(schema *ast.Schema, path string, of *ast.Type, seen []string) []string {
	name := of.Name()
	if slices.Contains(naming, name) || strings.HasSuffix(path, ".idempotencyKey") {
		return []string{path}
	}
	definition := schema.Types[name]
	if definition == nil || definition.Kind != ast.InputObject || slices.Contains(seen, name) {
		return nil
	}
	var found []string
	for _, field := range definition.Fields {
		found = append(found, namingPaths(schema, path+"."+field.Name, field.Type, append(seen, name))...)
	}
	return found
}

// givers answers the coordinate of every field that gives a naming scalar: `Vid.id`.
func givers(schema *ast.Schema) []string {
	var found []string
	for _, object := range objects(schema) {
		if slices.Contains(closedTypes, object.Name) {
			continue
		}
		for _, field := range object.Fields {
			if slices.Contains(naming, field.Type.Name()) {
				found = append(found, object.Name+"."+field.Name)
			}
		}
	}
	return found
}
