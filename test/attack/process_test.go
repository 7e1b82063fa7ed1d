package attack

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// process is a running server as the kernel sees it. Zero where there is no /proc: nothing is reported then.
type process int

// processOf finds the server's process among our children by the port that it was given.
func processOf(t testing.TB, s *harness.Server) process {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		fields := statOf(stat)
		if len(fields) < 2 || fields[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		environment, _ := os.ReadFile(filepath.Join(filepath.Dir(stat), "environ"))
		if bytes.Contains(append([]byte{0}, environment...), []byte("\x00PORT="+at.Port()+"\x00")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			return process(pid)
		}
	}
	return 0
}

// statOf answers the fields of /proc/<pid>/stat after the command's name.
func statOf(path string) []string {
	raw, _ := os.ReadFile(path)
	return strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
}

// cpu answers the processor time used so far. The kernel counts in hundredths of a second.
func (p process) cpu() time.Duration {
	fields := statOf(fmt.Sprintf("/proc/%d/stat", p))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory answers the resident set in MiB.
func (p process) memory() int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kib / 1024
		}
	}
	return 0
}
