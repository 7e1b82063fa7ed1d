// Package harness runs the server as its users do: the real binary as a process of its own, on a database of its own,
// with a sandbox of its own, spoken to over HTTP.
package harness

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/resident-graph/resident-graph/sandbox"
	"github.com/resident-graph/resident-graph/test/ports"
)

// Main runs the tests of a package and stops what they shared. The binary is built with the tags.
func Main(m *testing.M, tags ...string) { os.Exit(Run(m, tags...)) }

// Run is Main for a package that has something to do afterwards: it answers the exit code.
func Run(m *testing.M, tags ...string) (code int) {
	shared.tags = tags
	code = m.Run()
	shared.stop()
	return code
}

// shared is what all tests of a package use: the binary and a database cluster.
var shared common

type common struct {
	once     sync.Once
	err      error
	dir      string
	binary   string
	tags     []string
	database string
	cease    func() error
	mu       sync.Mutex
	count    int
}

func (c *common) start() {
	if c.dir, c.err = os.MkdirTemp("", "rg"); c.err != nil {
		return
	}
	c.binary = filepath.Join(c.dir, "resident-graph")
	_, file, _, _ := runtime.Caller(0)
	args := []string{"build", "-tags", strings.Join(c.tags, ","), "-o", c.binary}
	if raceDetector {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, ".")...)
	build.Dir = filepath.Join(filepath.Dir(file), "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		c.err = fmt.Errorf("build: %w\n%s", err, out)
		return
	}
	c.database, c.cease, c.err = sandbox.Postgres(context.Background(), filepath.Join(c.dir, "postgres"))
}

func (c *common) stop() {
	if c.cease != nil {
		_ = c.cease()
	}
	if c.dir != "" {
		_ = os.RemoveAll(c.dir)
	}
}

// newDatabase answers the URL of an empty database, which is dropped when the test has ended.
func (c *common) newDatabase(t testing.TB) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	name := fmt.Sprintf("t_%d_%d", os.Getpid(), c.count)
	cluster, err := pgx.ParseConfig(c.database)
	if err != nil {
		return "", err
	}
	if err := c.execute(t.Context(), "create database "+name+" strategy file_copy"); err != nil {
		return "", err
	}
	t.Cleanup(func() { // each is several MB, and a package may have hundreds
		if err := c.execute(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return strings.Replace(c.database, "/"+cluster.Database, "/"+name, 1), nil
}

func (c *common) execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, c.database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// Server is a running server with its sandbox.
type Server struct {
	URL        string
	SandboxURL string
	Database   string

	t       testing.TB
	env     []string
	cmd     *exec.Cmd
	exited  chan struct{}
	log     *lockedBuffer
	errors  *lockedBuffer // every GraphQL error that was answered
	signIns atomic.Int64
}

// Start runs a server until the test ends. env adds to its environment, as NAME=value.
func Start(t testing.TB, env ...string) *Server {
	t.Helper()
	shared.once.Do(shared.start)
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	database, err := shared.newDatabase(t)
	if err != nil {
		t.Fatal(err)
	}
	port, sandboxPort := ports.Reserve(t), ports.Reserve(t)
	s := &Server{
		t: t, Database: database, log: &lockedBuffer{}, errors: &lockedBuffer{},
		URL:        fmt.Sprintf("http://localhost:%d", port),
		SandboxURL: fmt.Sprintf("http://localhost:%d", sandboxPort),
		env: append([]string{"MODE=sandbox", fmt.Sprintf("PORT=%d", port), fmt.Sprintf("SANDBOX_PORT=%d", sandboxPort),
			"DATABASE_URL=" + database, "LOG_LEVEL=debug",
			// A busy machine is no upstream's trouble; OUTCOME_GRACE fits this.
			"UPSTREAM_TIMEOUT=5s", "OPERATION_TIMEOUT=20s",
			// Comparing histories asks upstream at a moment of its own; tests that count calls must not meet it.
			"HISTORY_CHECK_FIRST=1h", "HISTORY_CHECK_LONGEST=1h"}, env...),
	}
	s.Run()
	t.Cleanup(func() {
		s.keepPrivate()
		s.Stop()
		if t.Failed() {
			for line := range strings.Lines(s.log.String()) {
				if !strings.Contains(line, `"level":"DEBUG"`) {
					t.Log(line)
				}
			}
		}
	})
	return s
}

// Run starts the process, again after Stop or Kill, and waits until it is ready.
func (s *Server) Run() {
	s.t.Helper()
	if !s.run() {
		s.t.Fatalf("the server ended before it was ready:\n%s", s.log.String())
	}
}

// run starts the process and answers whether it became ready; it ended else.
func (s *Server) run() (ready bool) {
	s.t.Helper()
	s.cmd = exec.Command(shared.binary)
	s.cmd.Env = append(os.Environ(), s.env...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	said, exited := make(chan struct{}), make(chan struct{})
	s.exited = exited
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "ready ") {
				close(said)
			}
		}
		_ = s.cmd.Wait() // after the pipe is read to its end, as os/exec asks
		close(exited)
	}()
	select {
	case <-said:
		return true
	case <-exited:
	case <-time.After(2 * patience):
		s.t.Fatalf("the server is not ready after two minutes:\n%s", s.log.String())
	}
	return false
}

// Stop ends the server as an operator does and waits for it. It may be called twice.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server without warning.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(with syscall.Signal) {
	if err := s.cmd.Process.Signal(with); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	select {
	case <-s.exited:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("the server did not end in %s", patience)
	}
}

// Log answers what the server has logged so far.
func (s *Server) Log() string { return s.log.String() }

// lockedBuffer collects what a process writes while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
