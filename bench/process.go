package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// repository answers where the module is that the server is built from.
func repository(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if filepath.Base(file) != "go.mod" {
		return "", errors.New("run this inside the repository")
	}
	return filepath.Dir(file), nil
}

// build makes the server's binary in dir and answers its path.
func build(ctx context.Context, root, dir string) (string, error) {
	binary := filepath.Join(dir, "resident-graph")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return binary, nil
}

// launch runs a binary until the returned function is called, which waits for its end. It returns when the process
// has printed a line that begins with "ready".
func launch(ctx context.Context, binary string, env map[string]string) (stop func() error, err error) {
	running, cancel := context.WithCancel(ctx)
	command := exec.CommandContext(running, binary)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 15 * time.Second
	command.Env = os.Environ()
	for name, value := range env {
		command.Env = append(command.Env, name+"="+value)
	}
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	ready, drained := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(drained)
		await(out, ready)
	}()
	stop = func() error {
		cancel()
		<-drained // before Wait, as os/exec asks
		if err := command.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("%s: %w\n%s", filepath.Base(binary), err, complaints.String())
		}
		return nil
	}
	select {
	case <-ready:
		return stop, nil
	case <-drained:
		err = errors.New("it ended before it was ready")
	case <-time.After(60 * time.Second):
		err = errors.New("it is not ready after a minute")
	}
	return nil, errors.Join(err, stop())
}

// await reads out to its end and closes ready when the line is there.
func await(out io.Reader, ready chan<- struct{}) {
	lines := bufio.NewScanner(out)
	for waiting := true; lines.Scan(); {
		if waiting && strings.HasPrefix(lines.Text(), "ready") {
			close(ready)
			waiting = false
		}
	}
}
