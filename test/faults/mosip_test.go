package faults

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/ports"
)

// mosip is the sandbox as a process of its own, which outlives the server and can be killed itself.
type mosip struct {
	t           *testing.T
	binary, url string
	env         []string
	environment map[string]string // what the server needs
	cmd         *exec.Cmd
	exited      chan struct{}
}

// buildMOSIP answers the path of the binary, which all tests share.
var buildMOSIP = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(binaries, "sandbox")
	if out, err := exec.Command("go", "build", "-o", binary, "../../sandbox/cmd").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the sandbox: %w\n%s", err, out)
	}
	return binary, nil
})

// startMOSIP runs a sandbox until the test ends. database may be empty.
func startMOSIP(t *testing.T, public, journal, database string) *mosip {
	t.Helper()
	binary, err := buildMOSIP()
	if err != nil {
		t.Fatal(err)
	}
	port := ports.Reserve(t)
	m := &mosip{t: t, binary: binary, url: fmt.Sprintf("http://localhost:%d", port), env: []string{
		fmt.Sprintf("SANDBOX_PORT=%d", port), "PUBLIC_URL=" + public, "JOURNAL_DIR=" + journal, "DATABASE_URL=" + database,
		"HUB_RETRY=200ms"}}
	m.run()
	t.Cleanup(func() { m.end(syscall.SIGTERM) })
	return m
}

// run starts the process, again after it has ended, and waits until it is ready.
func (m *mosip) run() {
	m.t.Helper()
	m.cmd = exec.Command(m.binary)
	m.cmd.Env = append(os.Environ(), m.env...)
	var complaints strings.Builder
	m.cmd.Stderr = &complaints
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	ready, exited := make(chan map[string]string, 1), make(chan struct{})
	m.exited = exited
	go func() {
		lines, environment := bufio.NewScanner(out), map[string]string{}
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "ready ") {
				ready <- environment
				continue
			}
			_ = json.Unmarshal(lines.Bytes(), &environment)
		}
		_ = m.cmd.Wait() // after the pipe is read to its end, as os/exec asks
		close(exited)
	}()
	select {
	case m.environment = <-ready:
	case <-exited:
		m.t.Fatalf("the sandbox ended before it was ready:\n%s", complaints.String())
	case <-time.After(time.Minute):
		m.t.Fatal("the sandbox is not ready after a minute")
	}
}

func (m *mosip) end(with syscall.Signal) {
	_ = m.cmd.Process.Signal(with)
	select {
	case <-m.exited:
	case <-time.After(20 * time.Second):
		_ = m.cmd.Process.Kill()
		m.t.Error("the sandbox did not end")
	}
}

// control turns a knob.
func (m *mosip) control(method, path string, body any) {
	m.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, m.url+path, bytes.NewReader(raw))
	if err != nil {
		m.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		m.t.Fatalf("%s %s: %d", method, path, resp.StatusCode)
	}
}
