package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// initialise makes the data directory unless an earlier start has. It is made
// beside its place and moved there whole, so that half of one is never found.
func (c *cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return nil
	}
	unfinished := c.data + ".unfinished"
	if err := errors.Join(os.RemoveAll(unfinished), os.RemoveAll(c.data), c.makeOwn(unfinished)); err != nil {
		return fmt.Errorf("postgres data: %w", err)
	}
	locale := "C.UTF-8"
	if runtime.GOOS != "linux" {
		locale = "C" // elsewhere C.UTF-8 may be missing
	}
	initdb := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), "-D", unfinished, "-U", "postgres",
		"--no-sync", "--locale="+locale, "-E", "UTF8", "-A", "trust")
	initdb.Dir, initdb.SysProcAttr = c.home, c.attributes()
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, lastLine(out))
	}
	return os.Rename(unfinished, c.data)
}

// process is a running Postgres.
type process struct {
	command *exec.Cmd
	log     string        // file of its output
	ended   chan struct{} // closed when it has gone
}

// start runs the server. It dies with this process, however that ends.
func (c *cluster) start() (*process, error) {
	if err := c.clearLock(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(c.home, "postgres.log"))
	if err != nil {
		return nil, fmt.Errorf("postgres log: %w", err)
	}
	defer func() { _ = log.Close() }() // the server holds its own copy
	server := exec.Command(filepath.Join(c.bin, "postgres"), "-D", c.data, "-k", c.socket, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")
	server.Dir, server.SysProcAttr, server.Stdout, server.Stderr = c.home, c.attributes(), log, log

	p := &process{command: server, log: log.Name(), ended: make(chan struct{})}
	started := make(chan error)
	go func() { // ends when the server does; stop waits for it
		// The server is told to stop when the thread that started it ends, so
		// that thread is kept for as long as the server runs.
		runtime.LockOSThread()
		defer close(p.ended)
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	return p, nil
}

// stop ends the server: politely, then at once, then by force.
func (p *process) stop() error {
	const patience = 10 * time.Second
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, os.Kill} {
		if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop postgres: %w", err)
		}
		select {
		case <-p.ended:
			return nil
		case <-time.After(patience):
		}
	}
	return errors.New("postgres does not stop")
}

// lastWords is the last line of the server's log.
func (p *process) lastWords() string {
	out, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return lastLine(out)
}

// clearLock removes the lock of a server that has gone. Postgres does so by
// itself unless another process has its number by now, as happens in
// containers. A server that is just ending is waited for.
func (c *cluster) clearLock() error {
	const patience, pause = 5 * time.Second, 20 * time.Millisecond
	lock := filepath.Join(c.data, "postmaster.pid")
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		content, err := os.ReadFile(lock)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("postgres lock: %w", err)
		}
		number, _, _ := strings.Cut(string(content), "\n")
		pid, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || !c.serves(pid) {
			return os.Remove(lock)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("another process runs the Postgres in %s (pid %d)", c.home, pid)
		}
	}
}
