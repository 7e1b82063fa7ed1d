package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/faults/check"
)

// result is the one line that a test leaves behind.
type result struct {
	ID       string `json:"id"`
	N        int    `json:"n"`
	Failures int    `json:"failures"`
	// UpperBound is where the share of failures lies below with 95 % confidence (3/N); only without failures.
	UpperBound float64 `json:"upperBound,omitempty"`
	// The times from the start of a process that was killed to its being ready, in milliseconds.
	P50     float64 `json:"p50Ms,omitempty"`
	P95     float64 `json:"p95Ms,omitempty"`
	P99     float64 `json:"p99Ms,omitempty"`
	Notes   string  `json:"notes,omitempty"`
	Commit  string  `json:"commit"`
	Machine string  `json:"machine"`
}

// report fails the test for each fault and writes its line to standard output and to the file that FAULT_REPORT names.
func report(t *testing.T, id string, n int, faults []check.Fault, ready []time.Duration, notes string) {
	t.Helper()
	for i, f := range faults {
		if i == 20 {
			t.Errorf("%s: and %d more", id, len(faults)-i)
			break
		}
		t.Errorf("%s: %s", id, f)
	}
	r := result{ID: id, N: n, Failures: len(faults), Notes: notes, Commit: commit(),
		Machine: fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
	if r.Failures == 0 && t.Failed() { // something else than an invariant
		r.Failures = 1
	}
	if r.Failures == 0 && n > 0 {
		r.UpperBound = min(1, 3/float64(n))
	}
	if len(ready) > 0 {
		slices.Sort(ready)
		r.P50, r.P95, r.P99 = percentile(ready, 50), percentile(ready, 95), percentile(ready, 99)
	}
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(line))
	path := os.Getenv("FAULT_REPORT")
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
}

// percentile answers one of sorted times in milliseconds, by the nearest rank.
func percentile(sorted []time.Duration, p int) float64 {
	rank := (len(sorted)*p + 99) / 100
	return float64(sorted[max(rank, 1)-1].Microseconds()) / 1000
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
