package faults

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryPointIsNamed compares the points in the code with those at which the server is killed here, and with those that
// docs/faults.md tells of.
func TestEveryPointIsNamed(t *testing.T) {
	const root = "../.."
	var inCode []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != root):
			return filepath.SkipDir
		case filepath.Ext(path) == ".go" && !strings.HasSuffix(path, "_test.go"):
			inCode = append(inCode, pointsIn(t, path)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	orders, err := os.ReadFile(filepath.Join(root, "test", "reconcile", "orders_test.go")) // which pays at a partner's page first
	if err != nil {
		t.Fatal(err)
	}
	tried := slices.Concat(points, alone)
	for _, point := range inCode {
		if !slices.Contains(tried, point) && !strings.Contains(string(orders), strconv.Quote(point)) {
			t.Errorf("nobody kills the server at %s", point)
		}
		if !strings.Contains(string(doc), "`"+point+"`") {
			t.Errorf("docs/faults.md does not tell of %s", point)
		}
	}
	for i, point := range tried {
		if !slices.Contains(inCode, point) || slices.Contains(tried[:i], point) {
			t.Errorf("%s is no point of the code, or is there twice", point)
		}
	}
}

// pointsIn answers the names with which a file calls failpoint.
func pointsIn(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		called, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := called.Fun.(*ast.Ident); !ok || name.Name != "failpoint" {
			return true
		}
		literal, ok := called.Args[0].(*ast.BasicLit)
		if !ok {
			t.Errorf("%s has a point whose name is no text", path)
			return true
		}
		name, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		return true
	})
	return names
}
