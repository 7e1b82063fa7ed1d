package harness

import (
	"os"
	"os/exec"
	"testing"
)

// Process is a run of the binary that ends by itself: one of its commands.
type Process struct {
	t      testing.TB
	cmd    *exec.Cmd
	output *lockedBuffer
	exited chan struct{}
	err    error
}

// Command runs the binary with arguments. env adds to its environment, as NAME=value. It is killed with the test.
func Command(t testing.TB, env []string, args ...string) *Process {
	t.Helper()
	started(t)
	p := &Process{t: t, output: &lockedBuffer{}, exited: make(chan struct{})}
	p.cmd = exec.Command(shared.binary, args...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(p.Kill)
	return p
}

// Output answers what the process has printed so far.
func (p *Process) Output() string { return p.output.String() }

// Wait waits for the end and answers nil when the process ended with 0.
func (p *Process) Wait() error {
	<-p.exited
	return p.err
}

// Kill ends the process without warning, if it has not ended yet, and waits for it.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// NewDatabase answers the URL of an empty database.
func NewDatabase(t testing.TB) string {
	t.Helper()
	started(t)
	url, err := shared.newDatabase(t)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// started builds the binary and starts Postgres, once for all tests of a package.
func started(t testing.TB) {
	t.Helper()
	shared.once.Do(shared.start)
	if shared.err != nil {
		t.Fatal(shared.err)
	}
}
