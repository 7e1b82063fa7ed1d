// Package parity holds docs/parity.md to the schema and to the tests.
package parity

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// The numbers of features and endpoints of Resident Services 1.3.
const (
	features  = 56
	endpoints = 98
)

// states are those that a row can have; `later` says what it comes with.
var states = []string{"done", "dropped", "later: update-my-data", "later: the public half", "later: the portal",
	"later: running it for a country"}

const root = "../.."

// row is a row of one of the tables: what it is about and the four columns that follow.
type row struct {
	name, what, state, here, shown string
	line                           int
}

var (
	coordinate = regexp.MustCompile("`([A-Z][A-Za-z]+)\\.([a-z][A-Za-z]+)`")
	shownBy    = regexp.MustCompile(`^([a-z0-9/]+) (Test[A-Za-z0-9]+)$`)
)

// cellsOf answers each line of a page of docs/, parted where a row of a table is; its cells begin with the second.
func cellsOf(t *testing.T, page string) (all [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		all = append(all, cells)
	}
	return all
}

// rows reads the tables. Features have a column more: their number.
func rows(t *testing.T) (all []row) {
	t.Helper()
	for i, cells := range cellsOf(t, "parity.md") {
		switch {
		case len(cells) < 3 || strings.HasPrefix(cells[1], "---") || cells[1] == "#" || cells[2] == "State":
		case len(cells) == 7:
			all = append(all, row{cells[1], cells[2], cells[3], cells[4], cells[5], i + 1})
		case len(cells) == 6:
			all = append(all, row{strings.Trim(cells[1], "`"), "", cells[2], cells[3], cells[4], i + 1})
		default:
			t.Errorf("line %d: %d cells", i+1, len(cells)-2)
		}
	}
	return all
}

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "schema.graphqls"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// has says whether the schema has a field.
func has(s *ast.Schema, typeName, field string) bool {
	d := s.Types[typeName]
	return d != nil && d.Fields.ForName(field) != nil
}

func TestEveryFeatureAndEndpointHasItsRow(t *testing.T) {
	seen := map[string]int{}
	paths := 0
	for _, r := range rows(t) {
		seen[r.name]++
		if method, _, ok := strings.Cut(r.name, " /"); ok && method == strings.ToUpper(method) {
			paths++
			if seen[r.name] > 1 {
				t.Errorf("line %d: %s is there twice", r.line, r.name)
			}
		}
		if !slices.Contains(states, r.state) {
			t.Errorf("line %d: no such state: %q", r.line, r.state)
		}
		if r.state == "dropped" && r.here == "" {
			t.Errorf("line %d: dropped without a reason", r.line)
		}
	}
	for i := range features {
		if name := fmt.Sprintf("F%02d", i+1); seen[name] == 0 {
			t.Errorf("%s has no row", name)
		}
	}
	if paths != endpoints {
		t.Errorf("%d endpoints have a row, want %d", paths, endpoints)
	}
}

func TestWhatIsSaidToBeDoneIsThereAndShown(t *testing.T) {
	s := schema(t)
	for _, r := range rows(t) {
		named := coordinate.FindAllStringSubmatch(r.here, -1)
		missing := slices.DeleteFunc(slices.Clone(named), func(m []string) bool { return has(s, m[1], m[2]) })
		switch {
		case r.state == "done":
			for _, m := range missing {
				t.Errorf("line %d: the schema has no %s.%s", r.line, m[1], m[2])
			}
			if r.shown == "" {
				t.Errorf("line %d: no test shows it", r.line)
			}
		case strings.HasPrefix(r.state, "later") && len(named) > 0 && len(missing) == 0:
			t.Errorf("line %d: all of it is in the schema: say that it is done, and name the tests", r.line)
		}
		if r.shown != "" {
			for named := range strings.SplitSeq(r.shown, ", ") {
				if !isTest(t, named) {
					t.Errorf("line %d: there is no test %q", r.line, named)
				}
			}
		}
	}
}

// isTest says whether "dir TestName" is a test in the source.
func isTest(t *testing.T, named string) bool {
	t.Helper()
	m := shownBy.FindStringSubmatch(named)
	if m == nil {
		return false
	}
	files, err := filepath.Glob(filepath.Join(root, m[1], "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "\nfunc "+m[2]+"(t *testing.T)")
	})
}

func TestEveryOperationIsInARow(t *testing.T) {
	named := map[string]bool{}
	for _, r := range rows(t) {
		for _, m := range coordinate.FindAllStringSubmatch(r.here, -1) {
			named[m[1]+"."+m[2]] = true
		}
	}
	s := schema(t)
	for _, d := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		for _, f := range d.Fields {
			if name := d.Name + "." + f.Name; !strings.HasPrefix(f.Name, "__") && !named[name] {
				t.Errorf("%s is in no row", name)
			}
		}
	}
}
