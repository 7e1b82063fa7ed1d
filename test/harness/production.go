package harness

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/test/ports"
)

// Production is what a server needs to run as operators run it: a MOSIP, a Redis and an environment of its own.
type Production struct {
	URL         string // at which the server will be
	MOSIP       *sandbox.Sandbox
	Environment map[string]string // to be changed before Start
}

// NewProduction starts MOSIP and Redis; they stop with the test.
func NewProduction(t testing.TB) *Production {
	t.Helper()
	port := ports.Reserve(t)
	public := fmt.Sprintf("http://localhost:%d", port)
	mosip, err := sandbox.Start(t.Context(), sandbox.Options{Addr: "127.0.0.1:0", PublicURL: public})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mosip.Close() })
	redis, stop, err := sandbox.Redis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	environment := mosip.Environment()
	environment["MODE"], environment["HOST"], environment["PORT"], environment["PUBLIC_URL"] = "production", "localhost", fmt.Sprint(port), public
	environment["REDIS_URL"], environment["SECRET"] = redis, "only for tests, and 32 bytes at least"
	return &Production{URL: public, MOSIP: mosip, Environment: environment}
}

// Trust has the server execute documents for residents, who name them by their ids.
func (p *Production) Trust(t testing.TB, texts ...string) {
	t.Helper()
	manifest := map[string]string{}
	for _, text := range texts {
		manifest[documents.ID(text)] = text
	}
	raw, err := json.Marshal(map[string]any{"client": "tests", "version": "1", "documents": manifest})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tests.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	p.Environment["TRUSTED_DOCUMENTS_DIR"] = dir
}

// Start runs the server until the test ends. env adds to its environment, as NAME=value.
func (p *Production) Start(t testing.TB, env ...string) *Server {
	t.Helper()
	var all []string
	for name, value := range p.Environment {
		all = append(all, name+"="+value)
	}
	s := Start(t, append(all, env...)...)
	s.URL, s.SandboxURL = p.URL, p.MOSIP.URL()
	return s
}
