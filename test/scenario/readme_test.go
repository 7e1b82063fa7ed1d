package scenario

import (
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestTheTourOfTheReadme pastes the README's tour into a shell.
func TestTheTourOfTheReadme(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(?:ba)?sh\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d shell blocks in the README, want the two commands and the tour", len(blocks))
	}
	port := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u.Port()
	}
	shell := exec.Command("bash", "-eu", "-o", "pipefail", "-c", blocks[1][1])
	shell.Env = append(os.Environ(), "PORT="+port(s.URL), "SANDBOX_PORT="+port(s.SandboxURL))
	out, err := shell.CombinedOutput()
	// curl ends the subscription by its time limit, which is its exit status 28; `wait` without arguments hides it.
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for what, want := range map[string]string{
		"the name":                 `"fullName":[{"lang":"eng"`,
		"the lock is pending":      `"pending":true`,
		"the VID":                  `"vid":{"masked":"`,
		"the lock was confirmed":   `"requestType":"AUTH_TYPE_LOCK_UNLOCK","status":"SUCCESS"`,
		"the authentication came":  `"requestType":"AUTHENTICATION_REQUEST","status":"SUCCESS"`,
		"the broken field says so": `"code":"UPSTREAM_UNAVAILABLE"`,
		"the rest still answers":   `"phone":{"masked":"X`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: %s is not in the output", what, want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}
