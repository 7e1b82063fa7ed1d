// Package faults breaks what the world breaks while residents are at work - processes, answers, hubs, connections - and
// has four ledgers compared afterwards. docs/faults.md says what is tried; FAULT_CYCLES and its like make it long.
package faults

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

// binaries is where the tests build what they run.
var binaries string

func TestMain(m *testing.M) {
	// The tests wait more than they work. What the command line says comes later and wins.
	err := flag.Set("test.parallel", "4")
	if err == nil {
		binaries, err = os.MkdirTemp("", "faults")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := harness.Run(m, "failpoints")
	_ = os.RemoveAll(binaries)
	os.Exit(code)
}

// size answers a number from the environment: how long a test is to be.
func size(name string, short int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return short
}
