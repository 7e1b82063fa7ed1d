package codes_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/resident/codes"
)

var (
	mosipCode = regexp.MustCompile(`\b[A-Z]{3}[-_](?:[A-Z]{2,4}[-_])*[0-9]{3}\b`)
	oauthCode = regexp.MustCompile(`^[a-z]+(?:_[a-z]+)+$`)
	// algorithms have names of the same shape.
	algorithms = []string{"AES-256", "SHA-256", "SHA-384", "SHA-512", "RSA-OAEP-256", "RSA-OAEP-512"}
)

// TestEveryCodeOfTheSandboxIsInTheTable reads the sandbox's source and data: a code that is added there without a row
// here fails.
func TestEveryCodeOfTheSandboxIsInTheTable(t *testing.T) {
	found := sandboxCodes(t, filepath.Join("..", "..", "sandbox"))
	oauth := 0
	for code, where := range found {
		if oauthCode.MatchString(code) {
			oauth++
		}
		if _, ok := codes.Find(codes.AnyService, code, ""); !ok {
			t.Errorf("%s can answer %s, which has no row in upstream.tsv", where, code)
		}
	}
	if mosip := len(found) - oauth; mosip < 25 || oauth < 20 {
		t.Errorf("found only %d codes of MOSIP and %d of OAuth: the search has gone blind", mosip, oauth)
	}
}

// TestTheSearchSeesCodesHoweverTheyAreWritten keeps the search itself honest.
func TestTheSearchSeesCodesHoweverTheyAreWritten(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": "package a\n\ntype code string\n\nconst one code = \"new_code\"\n\nvar two = code(\"newer_code\")\n\n" +
			"var three = `{\"errorCode\":\"KER-NEW-001\"}`\n\nfunc f() { oauthError(\"newest_code\"); g(\"not_a_code\", \"SHA-256\", \"DCS-098\") }\n",
		"a_test.go":      "package a\n\nvar x = \"KER-NEW-002\"\n",
		"data/rows.tsv":  "one\tPMS_NEW_003\n",
		"data/text.html": "<p>RPR-NEW-004</p>",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := slices.Sorted(maps.Keys(sandboxCodes(t, dir)))
	want := []string{"DCS-098", "KER-NEW-001", "PMS_NEW_003", "RPR-NEW-004", "new_code", "newer_code", "newest_code"}
	if !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// sandboxCodes finds the codes below dir and the file of each.
func sandboxCodes(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case entry.IsDir() && name == "node_modules":
			return filepath.SkipDir
		case entry.IsDir() || strings.HasSuffix(name, "_test.go"):
			return nil
		case strings.HasSuffix(name, ".go"):
			return inSource(path, found)
		case slices.Contains([]string{".json", ".tsv", ".html", ".properties", ".yaml"}, filepath.Ext(name)):
			text, err := os.ReadFile(path)
			collect(string(text), path, found)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inSource finds MOSIP's codes in every string, and OAuth's where the sandbox keeps them: constants and conversions of
// a type named code, and what is given to oauthError.
func inSource(path string, found map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.BasicLit:
			collect(literal(n), path, found)
		case *ast.ValueSpec:
			if named(n.Type, "code") {
				collectOAuth(n.Values, path, found)
			}
		case *ast.CallExpr:
			if named(n.Fun, "oauthError") || named(n.Fun, "code") {
				collectOAuth(n.Args, path, found)
			}
		}
		return true
	})
	return nil
}

func collect(text, path string, found map[string]string) {
	for _, code := range mosipCode.FindAllString(text, -1) {
		if !slices.Contains(algorithms, code) {
			found[code] = path
		}
	}
}

func collectOAuth(values []ast.Expr, path string, found map[string]string) {
	for _, value := range values {
		if code := literal(value); oauthCode.MatchString(code) {
			found[code] = path
		}
	}
}

func named(e ast.Expr, name string) bool {
	ident, ok := e.(*ast.Ident)
	return ok && ident.Name == name
}

// literal answers the value of a string literal, "" for anything else.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return value
}
