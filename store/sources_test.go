package store_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// sqlArguments is where a call that sends SQL has it.
var sqlArguments = map[string]int{"Exec": 1, "Query": 1, "QueryRow": 1, "Queue": 0}

// source is the package as it is written: every SQL text that it can send, by the name of the constant or, for one
// without a name, of the function that sends it; the second of a function is called Function.2.
type source struct {
	t     *testing.T
	files []*ast.File
	fset  *token.FileSet
	info  *types.Info
	sql   map[string]string
	in    string // the function that is being read
}

// readSource finds the argument of every call that sends SQL. It must be a constant, or a variable that is only ever
// given constants: what is put together while running could not be checked.
func readSource(t *testing.T) map[string]string {
	t.Helper()
	s := &source{t: t, fset: token.NewFileSet(), sql: map[string]string{},
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(s.fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, file)
	}
	// What other packages declare is of no interest, so that they need not be found.
	checker := types.Config{Importer: importer.Default(), Error: func(error) {}}
	_, _ = checker.Check("store", s.fset, s.files, s.info)
	for _, file := range s.files {
		for _, declared := range file.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok {
				continue
			}
			s.in = function.Name.Name
			ast.Inspect(function, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					s.call(call)
				}
				return true
			})
		}
	}
	return s.sql
}

func (s *source) call(call *ast.CallExpr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	at, sends := sqlArguments[method.Sel.Name]
	if !sends || len(call.Args) <= at {
		return
	}
	argument := call.Args[at]
	if s.keep(argument) {
		return
	}
	ident, ok := argument.(*ast.Ident)
	if !ok || !s.variable(s.info.Uses[ident]) {
		s.t.Errorf("%s: the SQL is put together while running", s.fset.Position(argument.Pos()))
	}
}

// keep notes an expression that is constant text.
func (s *source) keep(e ast.Expr) bool {
	value := s.info.Types[e].Value
	if value == nil || value.Kind() != constant.String {
		return false
	}
	name := s.in
	if ident, ok := e.(*ast.Ident); ok {
		name = ident.Name
	} else {
		for n := 2; s.sql[name] != ""; n++ {
			name = fmt.Sprintf("%s.%d", s.in, n)
		}
	}
	s.sql[name] = constant.StringVal(value)
	return true
}

// variable notes all that a variable is given; false when any of it is not constant.
func (s *source) variable(v types.Object) bool {
	given, constantly := 0, true
	for _, file := range s.files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if ident, ok := left.(*ast.Ident); ok && s.is(ident, v) && len(n.Rhs) == len(n.Lhs) {
						given++
						constantly = constantly && s.keep(n.Rhs[i])
					}
				}
			case *ast.RangeStmt:
				ident, ok := n.Value.(*ast.Ident)
				list, literal := n.X.(*ast.CompositeLit)
				if ok && literal && s.is(ident, v) {
					for _, element := range list.Elts {
						given++
						constantly = constantly && s.keep(element)
					}
				}
			}
			return true
		})
	}
	return given > 0 && constantly
}

func (s *source) is(ident *ast.Ident, v types.Object) bool {
	return v != nil && (s.info.Defs[ident] == v || s.info.Uses[ident] == v)
}
