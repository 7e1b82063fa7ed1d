//go:build audit

// Package audit has the published GraphQL clients and the GraphQL-over-HTTP audits try the running server.
package audit

import (
	"os"
	"os/exec"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// node runs a script of this folder, whose packages are installed on the first run.
func node(t *testing.T, args ...string) {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		if out, err := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund").CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	out, err := exec.Command("node", args...).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

func TestTheServerPassesTheAuditsOfGraphQLOverHTTP(t *testing.T) {
	s := harness.Start(t)
	node(t, "audit.mjs", s.URL+"/graphql")
}

func TestThePublishedClientsWork(t *testing.T) {
	s := harness.Start(t)
	node(t, "clients.mjs", s.URL, s.SandboxURL)
}
