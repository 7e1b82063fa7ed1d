package limits

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestReadKeepsGoodDocumentsAlone(t *testing.T) {
	reader := NewReader(contract(t), DefaultBounds())
	first, err := reader.Read(t.Context(), home, false)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := reader.Read(t.Context(), home, false); again != first {
		t.Error("a good document is read again")
	}
	for range 2 {
		if _, err := reader.Read(t.Context(), "{viewer{nope}}", false); codeOf(err) != errcode.ValidationFailed {
			t.Errorf("a bad document answers %q", codeOf(err))
		}
	}
}

func TestSuggestionsAreForWhomMayReadTheSchema(t *testing.T) {
	reader := NewReader(contract(t), DefaultBounds())
	if _, err := reader.Parse("{viewer{unreadCuont}}", true); err == nil || !strings.Contains(err.Message, `Did you mean "unreadCount"`) {
		t.Errorf("no suggestion: %v", err)
	}
	_, err := reader.Parse("{viewer{unreadCuont}}", false)
	if err == nil || err.Message != "The document does not fit the schema." || err.Rule != "" || len(err.Locations) != 1 {
		t.Errorf("more than a place is told: %+v", err)
	}
}

// names are all that a guesser could hope for: every type, field, argument and value of the contract.
func names(schema *ast.Schema) (all []string) {
	own(schema, func(d *ast.Definition) {
		all = append(all, d.Name)
		for _, f := range d.Fields {
			all = append(all, f.Name)
			for _, a := range f.Arguments {
				all = append(all, a.Name)
			}
		}
		for _, v := range d.EnumValues {
			all = append(all, v.Name)
		}
	})
	return all
}

// misspell changes one letter of a name.
func misspell(r *rand.Rand, name string) string {
	i := r.IntN(len(name))
	return name[:i] + string(rune('a'+r.IntN(26))) + name[i+1:] + "q"
}

func TestNoNameIsLeakedToMisspeltOnes(t *testing.T) {
	schema := contract(t)
	reader := NewReader(schema, DefaultBounds())
	all, r := names(schema), rand.New(rand.NewPCG(1, 2))
	frames := []string{"{%s}", "{viewer{%s}}", "{viewer{vids(%s:1){nodes{id}}}}", "{partners(type:%s){nodes{id}}}", "{node(id:1){...on %s{id}}}",
		"mutation{%s(input:{})}", "mutation{generateVid(input:{%s:1}){vid{id}}}", "subscription{%s{cursor}}", "query($a:%s){viewer{id}}",
		"{viewer@%s{id}}", "{viewer{...%s}}", "{viewer{vids{nodes{%s{id}}}}}"}
	const guesses = 10_000
	for i := range guesses {
		guess := misspell(r, all[r.IntN(len(all))])
		_, err := reader.Parse(fmt.Sprintf(frames[i%len(frames)], guess), false)
		if err == nil {
			t.Fatalf("%s was right", guess)
		}
		if told := fmt.Sprint(err.Message, err.Rule, err.Path.String(), err.Extensions["code"]); told != "The document does not fit the schema."+errcode.ValidationFailed {
			t.Fatalf("%s told %s", guess, told)
		}
	}
	// What holds of guesses must hold of names that exist but are used wrongly.
	for _, right := range []string{"{viewer}", "{viewer{id{id}}}", "mutation{generateVid{vid{id}}}", "{partners{nodes{id}}}"} {
		if _, err := reader.Parse(right, false); err == nil || err.Message != "The document does not fit the schema." {
			t.Errorf("%s: %v", right, err)
		}
	}
}
