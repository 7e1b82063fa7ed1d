// Package providers starts OpenID Providers that others have written, each as a process on loopback that ends with the
// test: npm's oidc-provider and oauth2-mock-server, and github.com/zitadel/oidc.
package providers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Provider is a running OpenID Provider.
type Provider struct {
	Name   string
	Issuer string

	t     testing.TB
	cmd   *exec.Cmd
	stdin io.Closer
	once  sync.Once
}

// start runs a program with one JSON argument and waits for its line "ready".
func start(t testing.TB, name string, port int, setup any, command ...string) *Provider {
	t.Helper()
	argument, err := json.Marshal(setup)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Name: name, Issuer: fmt.Sprintf("http://127.0.0.1:%d", port), t: t}
	p.cmd = exec.Command(command[0], append(command[1:], string(argument))...)
	var complaints bytes.Buffer
	p.cmd.Stderr = &complaints
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("%s says:\n%s", name, complaints.String())
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "ready" {
			go func() { _, _ = io.Copy(io.Discard, out) }() // until the process ends
			return p
		}
	}
	t.Fatalf("%s did not start: %s", name, complaints.String())
	return nil
}

// Stop ends the provider and waits for it. It may be called twice.
func (p *Provider) Stop() {
	p.once.Do(func() {
		_ = p.stdin.Close()
		timer := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
		defer timer.Stop()
		_ = p.cmd.Wait()
	})
}

// Tell has the provider do what its program offers to tests, and decodes the answer into answer unless that is nil.
func (p *Provider) Tell(what string, argument, answer any) {
	p.t.Helper()
	body, err := json.Marshal(argument)
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.Post(p.Issuer+"/test/"+what, "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s: %s", p.Name, what, raw)
	}
	if answer != nil {
		if err := json.Unmarshal(raw, answer); err != nil {
			p.t.Fatal(err)
		}
	}
}

// folder is test/oidc.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(file))
}

// installed fetches what the Node programs need, once.
var installed = sync.OnceValue(func() error {
	node := filepath.Join(folder(), "node")
	if _, err := os.Stat(filepath.Join(node, "node_modules", ".package-lock.json")); err == nil {
		return nil
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = node
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in test/oidc/node (Node.js 20.19 or later with npm is needed): %w\n%s", err, out)
	}
	return nil
})

// built is the path of the zitadel program, among the other programs that are built here.
var built = sync.OnceValues(func() (string, error) {
	program := filepath.Join(folder(), "..", "..", "bin", "zitadel")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join(folder(), "zitadel")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build test/oidc/zitadel: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return program, nil
})
