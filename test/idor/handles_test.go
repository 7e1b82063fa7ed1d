package idor

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/test/harness"
)

// handle is a value that names something, and the field that gave it.
type handle struct {
	giver string // such as Vid.id
	path  string // where it was found, such as viewer.vids.nodes.id
	value string
}

// giversAlike are fields whose values are the same for everybody, because they name nothing of a resident.
var giversAlike = []string{"Partner.id", "Partner.logoUrl", "Session.signInUrl", "SignOutPayload.signOutUrl"}

// harvest reads every naming value that a resident can see: whatever the schema offers below viewer, session and the
// stream of changes.
func harvest(t testing.TB, c *harness.Client) []handle {
	t.Helper()
	schema := contract(t)
	var found []handle
	for _, field := range schema.Types["Resident"].Fields {
		if text, ok := selection(schema, field, nil); ok {
			data := c.Must("{ viewer { "+text+" } }", nil)
			found = append(found, walk(schema, schema.Query, "", data)...)
		}
	}
	found = append(found, walk(schema, schema.Query, "", c.Must("{ session { signInUrl } }", nil))...)
	found = append(found, walk(schema, schema.Query, "", c.Must(`{ partners(type: AUTH_PARTNER, first: 2) {
	  edges { cursor node { id logoUrl } } pageInfo { startCursor endCursor } } }`, nil))...)
	found = append(found, walk(schema, schema.Query, "printers", c.Must(`{ partners(type: PRINT_PARTNER, search: "Print House") { nodes { id } } }`, nil))...)
	stream := c.Events(`subscription ($after: Cursor) { eventChanged(after: $after) { cursor event { id eventId } } }`,
		map[string]any{"after": firstCursor(c)})
	found = append(found, walk(schema, schema.Subscription, "", stream.Next().Data)...)
	stream.Kill()
	return firsts(found)
}

// firstCursor answers a cursor from before the last change: the one that a change made now goes on from.
func firstCursor(c *harness.Client) any {
	cursor := harness.At(c.Must(`{ viewer { changeCursor } }`, nil), "viewer", "changeCursor")
	c.Must(`mutation ($key: String!) { setAuthLocks(input: {idempotencyKey: $key, changes: [{type: DEMO, locked: false}]}) { errors { code } } }`,
		map[string]any{"key": rand.Text()})
	c.Settled()
	return cursor
}

// selection writes a field with everything below it that needs no argument; a type is not entered twice on one path.
func selection(schema *ast.Schema, field *ast.FieldDefinition, above []string) (string, bool) {
	for _, argument := range field.Arguments {
		if argument.Type.NonNull && argument.DefaultValue == nil {
			return "", false
		}
	}
	definition := schema.Types[field.Type.Name()]
	if definition.Kind != ast.Object {
		return field.Name, definition.IsLeafType()
	}
	for _, name := range above {
		if name == definition.Name {
			return "", false
		}
	}
	var inner []string
	for _, f := range definition.Fields {
		if text, ok := selection(schema, f, append(above, definition.Name)); ok {
			inner = append(inner, text)
		}
	}
	return field.Name + " { " + strings.Join(inner, " ") + " }", true
}

// walk finds the naming values in an answer without aliases.
func walk(schema *ast.Schema, definition *ast.Definition, path string, data any) []handle {
	var found []handle
	switch data := data.(type) {
	case []any:
		for _, element := range data {
			found = append(found, walk(schema, definition, path, element)...)
		}
	case map[string]any:
		for _, field := range definition.Fields {
			value, at := data[field.Name], strings.TrimPrefix(path+"."+field.Name, ".")
			inner := schema.Types[field.Type.Name()]
			if inner.Kind == ast.Object {
				found = append(found, walk(schema, inner, at, value)...)
				continue
			}
			if text, ok := value.(string); ok && isNaming(inner.Name) {
				found = append(found, handle{definition.Name + "." + field.Name, at, text})
			}
		}
	}
	return found
}

func isNaming(scalar string) bool {
	for _, name := range naming {
		if name == scalar {
			return true
		}
	}
	return false
}

// firsts keeps two values per path: enough to tell things of a kind apart.
func firsts(all []handle) []handle {
	count, seen := map[string]int{}, map[string]bool{}
	var kept []handle
	for _, h := range all {
		key := fmt.Sprint(h)
		if seen[key] || count[h.path] == 2 {
			continue
		}
		seen[key] = true
		count[h.path]++
		kept = append(kept, h)
	}
	return kept
}
