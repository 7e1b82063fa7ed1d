package scenario

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var pdfReader = filepath.Join("..", "..", "pdf", "testdata", "pdfjs")

var installPDFReader = sync.OnceValue(func() error {
	if _, err := os.Stat(filepath.Join(pdfReader, "node_modules")); err == nil {
		return nil
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = pdfReader
	return npm.Run()
})

// pdfText answers what PDF.js, the reader of Firefox, finds in a file, as JSON.
func pdfText(t *testing.T, content []byte) string {
	t.Helper()
	if err := installPDFReader(); err != nil {
		t.Fatalf("the tests need Node.js 20 or later with npm, as the README says: npm ci: %v", err)
	}
	node := exec.CommandContext(t.Context(), "node", "read.mjs", "")
	node.Dir, node.Stdin = pdfReader, bytes.NewReader(content)
	out, err := node.Output()
	if err != nil {
		t.Fatalf("PDF.js: %v", err)
	}
	return string(out)
}
