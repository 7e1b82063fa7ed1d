package pdf_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// reading is what PDF.js, the reader of Firefox, finds in a file.
type reading struct {
	Error    string
	Pages    int
	Title    string
	Lang     string
	Marked   bool
	Elements []element
}

// element is one structure element, with where its text lies on its page.
type element struct {
	Role, Text, Alt string
	Page            int
	Left, Right, Y  float64
}

const readerDir = "testdata/pdfjs"

var installReader = sync.OnceValues(func() (string, error) {
	if _, err := os.Stat(readerDir + "/node_modules"); err == nil {
		return "", nil
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = readerDir
	out, err := npm.CombinedOutput()
	return string(out), err
})

func read(t *testing.T, file []byte, password string) reading {
	t.Helper()
	if out, err := installReader(); err != nil {
		t.Fatalf("the tests need Node.js 20 or later with npm, as the README says: npm ci: %v %s", err, out)
	}
	node := exec.CommandContext(t.Context(), "node", "read.mjs", password)
	node.Dir = readerDir
	node.Stdin = bytes.NewReader(file)
	var problems strings.Builder
	node.Stderr = &problems
	out, err := node.Output()
	if err != nil {
		t.Fatalf("PDF.js: %v %s", err, problems.String())
	}
	var r reading
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("PDF.js answered %q: %v", out, err)
	}
	return r
}

// outline is the structure, one line an element: its role and, where it has any, its text.
func (r reading) outline() string {
	var b strings.Builder
	for _, e := range r.Elements {
		b.WriteString(strings.TrimSpace(e.Role+" "+e.Text) + "\n")
	}
	return b.String()
}

func (r reading) of(role string) []element {
	var found []element
	for _, e := range r.Elements {
		if e.Role == role {
			found = append(found, e)
		}
	}
	return found
}
