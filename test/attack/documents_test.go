package attack

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/test/harness"
)

// trust writes a manifest of documents and answers its folder.
func trust(t *testing.T, trusted map[string]string) string {
	t.Helper()
	manifest := map[string]any{"client": "attack", "version": "1"}
	byID := map[string]string{}
	for _, document := range trusted {
		byID[documents.ID(document)] = document
	}
	manifest["documents"] = byID
	raw, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "attack.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// named writes the body of a request that names a trusted document.
func named(t testing.TB, document string, variables any) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"documentId": documents.ID(document), "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestOnlyTrustedDocumentsRunInProduction tries to get another document past the list.
func TestOnlyTrustedDocumentsRunInProduction(t *testing.T) {
	t.Parallel()
	const trusted, other = `{ session { state } }`, `{ viewer { profile { lastLogin } } } # ` + canary
	s, through := production(t, "TRUSTED_DOCUMENTS_DIR="+trust(t, map[string]string{"session": trusted}))
	c := s.SignIn(t, someone(t, s).UIN)
	id := documents.ID(trusted)
	hash := strings.TrimPrefix(id, "sha256:")
	quote := func(text string) string { raw, _ := json.Marshal(text); return string(raw) }
	through.requests()
	for name, body := range map[string]string{
		"another document":             `{"query":` + quote(other) + `}`,
		"the hash of another document": `{"documentId":` + quote(documents.ID(other)) + `}`,
		"the trusted id, another body": `{"documentId":` + quote(id) + `,"query":` + quote(other) + `}`,
		"its own id and its body":      `{"documentId":` + quote(documents.ID(other)) + `,"query":` + quote(other) + `}`,
		"an unknown hash":              `{"documentId":"sha256:` + strings.Repeat("0", 64) + `"}`,
		"a hash cut off":               `{"documentId":` + quote(id[:len(id)-1]) + `}`,
		"a hash in capitals":           `{"documentId":` + quote("sha256:"+strings.ToUpper(hash)) + `}`,
		"a hash with a space":          `{"documentId":` + quote(id+" ") + `}`,
		"another algorithm":            `{"documentId":` + quote("md5:"+hash) + `}`,
		"a path as id":                 `{"documentId":"../../attack"}`,
		"an empty id":                  `{"documentId":"","query":` + quote(other) + `}`,
		"the id in the extensions":     `{"query":` + quote(other) + `,"extensions":{"documentId":` + quote(id) + `}}`,
		"automatic persisted queries":  `{"query":` + quote(other) + `,"extensions":{"persistedQuery":{"version":1,"sha256Hash":` + quote(strings.TrimPrefix(documents.ID(other), "sha256:")) + `}}}`,
		"the trusted text and more":    `{"query":` + quote(trusted+" query X { viewer { id } }") + `,"operationName":"X"}`,
		"the trusted text, spaced":     `{"query":` + quote(trusted+" ") + `}`,
		"the id as a list":             `{"documentId":[` + quote(id) + `],"query":` + quote(other) + `}`,
	} {
		r := post(t, s, c, []byte(body))
		wantRefused(t, name, r, "DOCUMENT_NOT_TRUSTED", "INVALID")
	}
	for _, values := range []url.Values{{"query": {other}}, {"documentId": {id}, "query": {other}}, {"documentId": {documents.ID(other)}}} {
		r, err := send(t.Context(), c.HTTP, http.MethodGet, s.URL+"/graphql?"+values.Encode(), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantRefused(t, fmt.Sprint("by GET ", values), r, "DOCUMENT_NOT_TRUSTED", "INVALID")
	}
	// Asked twice, nothing may have been remembered.
	for range 3 {
		wantRefused(t, "once more", post(t, s, c, []byte(`{"documentId":`+quote(documents.ID(other))+`}`)), "DOCUMENT_NOT_TRUSTED")
	}
	for _, request := range through.requests() {
		if strings.Contains(request, "/idrepository/") {
			t.Errorf("an upstream was asked: %.100s", request)
		}
	}
	var answer map[string]any
	if r := post(t, s, c, []byte(`{"documentId":`+quote(id)+`}`)); json.Unmarshal([]byte(r.body), &answer) != nil || harness.At(answer, "data", "session", "state") != "ACTIVE" {
		t.Errorf("the trusted document does not run: %d %.200s", r.status, r.body)
	}
	wantUnlogged(t, s)
}
