package attack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// TestNoPageOfAnotherOriginActsForAResident has a real browser, signed in, open pages of three other origins: another
// port of localhost (the same site to a browser, so that it sends its cookies), 127.0.0.1, and another site altogether.
func TestNoPageOfAnotherOriginActsForAResident(t *testing.T) {
	t.Parallel()
	browser, err := findBrowser()
	if err != nil && long {
		t.Fatal(err)
	}
	if err != nil {
		fmt.Printf("left out: TestNoPageOfAnotherOriginActsForAResident: %v\n", err)
		return
	}
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	setup, err := json.Marshal(map[string]any{"server": s.URL, "individualId": someone(t, s).UIN, "port": elsewhereOn(t), "executable": browser})
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	run := exec.CommandContext(t.Context(), "node", "attack.mjs", string(setup))
	run.Dir, run.Stderr = "browser", &complaints
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, complaints.String())
	}
	var result struct {
		Before, OwnMoves bool
		Origins          []struct {
			Origin, State string
			Got           []string
			Left          int
			Moved         bool
		}
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, from := range result.Origins {
		if from.Moved {
			t.Errorf("a page of %s made the browser execute something", from.Origin)
		}
		if from.State != "ACTIVE" {
			t.Errorf("after a page of %s the session is %s", from.Origin, from.State)
		}
		if len(from.Got) > 0 {
			t.Errorf("a page of %s could open or read: %v", from.Origin, from.Got)
		}
		if from.Left != 12 {
			t.Errorf("a page of %s sent the browser to the server %d times, not 12", from.Origin, from.Left)
		}
	}
	if len(result.Origins) != 3 || !result.Before || !result.OwnMoves {
		t.Errorf("the browser was not signed in, or its own page cannot act: %s", out)
	}
}

// elsewhereOn serves an empty page of another origin and answers its port.
func elsewhereOn(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	page := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>elsewhere</title><body></body>"))
	})}
	go func() { _ = page.Serve(l) }() // ends with Close
	t.Cleanup(func() { _ = page.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// findBrowser answers the path of a Chromium, and has what drives it installed.
func findBrowser() (string, error) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return "", errors.New("there is no Chromium on PATH: install it (Debian: apt-get install chromium)")
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", errors.New("there is no Node.js on PATH: install version 20 or later")
	}
	if _, err := os.Stat("browser/node_modules/playwright-core"); err == nil {
		return browser, nil
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = "browser"
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("playwright-core cannot be installed: %s", bytes.TrimSpace(out))
	}
	return browser, nil
}
