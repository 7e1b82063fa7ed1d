package scenario

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/smallstep/pkcs7"

	"github.com/resident-graph/resident-graph/test/harness"
)

// download is what a link gave.
type download struct {
	Status int
	Header http.Header
	Body   []byte
}

// code answers the code of a refusal, "" for a file.
func (d download) code() string {
	var problem struct{ Code string }
	_ = json.Unmarshal(d.Body, &problem)
	return problem.Code
}

// fetch asks for a link, with headers in pairs.
func fetch(t testing.TB, s *harness.Server, c *harness.Client, method string, link any, headers ...string) download {
	t.Helper()
	path, _ := link.(string)
	if path == "" {
		t.Fatal("there is no link")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return download{resp.StatusCode, resp.Header, body}
}

// signedPDF fails unless a link gave a PDF with a signature over all of its bytes.
func signedPDF(t testing.TB, d download) {
	t.Helper()
	if d.Status != http.StatusOK || d.Header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(d.Body, []byte("%PDF-")) {
		t.Fatalf("no PDF: %d %v %.200s", d.Status, d.Header, d.Body)
	}
	if err := signature(d.Body); err != nil {
		t.Fatalf("the signature: %v", err)
	}
}

var byteRange = regexp.MustCompile(`/ByteRange\s*\[0 (\d+) (\d+) (\d+)\s*\]`)

// signature checks the signature of a PDF against every byte outside its own place.
func signature(pdf []byte) error {
	found := byteRange.FindSubmatch(pdf)
	if found == nil {
		return io.ErrUnexpectedEOF
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(string(found[i+1]))
	}
	if n[1]+n[2] != len(pdf) {
		return io.ErrUnexpectedEOF
	}
	der, err := hex.DecodeString(string(pdf[n[0]+1 : n[1]-1]))
	if err != nil {
		return err
	}
	cms, err := pkcs7.Parse(der)
	if err != nil {
		return err
	}
	cms.Content = append(bytes.Clone(pdf[:n[0]]), pdf[n[1]:]...)
	return cms.Verify()
}

// reading is what PDF.js, the reader of Firefox, finds in a document of ours.
type reading struct {
	Pages       int
	Title, Lang string
	Elements    []struct{ Role, Text string }
}

// holds says whether the document has a text, wherever it is.
func (r reading) holds(text string) bool {
	for _, e := range r.Elements {
		if strings.Contains(e.Text, text) {
			return true
		}
	}
	return false
}

const readerDir = "../../pdf/testdata/pdfjs"

var installReader = sync.OnceValues(func() (string, error) {
	if _, err := os.Stat(readerDir + "/node_modules"); err == nil {
		return "", nil
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = readerDir
	out, err := npm.CombinedOutput()
	return string(out), err
})

func readPDF(t testing.TB, file []byte) (r reading) {
	t.Helper()
	if out, err := installReader(); err != nil {
		t.Fatalf("the tests need Node.js 20 or later with npm, as the README says: npm ci: %v %s", err, out)
	}
	node := exec.CommandContext(t.Context(), "node", "read.mjs", "")
	node.Dir, node.Stdin = readerDir, bytes.NewReader(file)
	var problems strings.Builder
	node.Stderr = &problems
	out, err := node.Output()
	if err != nil {
		t.Fatalf("PDF.js: %v %s", err, problems.String())
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("PDF.js answered %q: %v", out, err)
	}
	return r
}
