package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"text/tabwriter"
)

// report is what one run found.
type report struct {
	Machine string             `json:"machine"`
	Bound   float64            `json:"bound"`
	Phases  []phase            `json:"phases"`
	Calls   map[string]float64 `json:"upstreamCallsPerHome"`
}

// phase is one upstream latency.
type phase struct {
	LatencyMs   int64   `json:"addedLatencyMs"`
	Chain       summary `json:"slowestUpstreamCall"`
	Home        summary `json:"home"`
	Limit       summary `json:"handWritten"`
	ToChain     ratio   `json:"homeToSlowestUpstreamCall"`
	ToLimit     ratio   `json:"homeToHandWritten"`
	WithinBound *bool   `json:"withinBound,omitempty"` // absent where the bound does not speak: without latency
}

// newPhase compares the series; the bound is about added latency alone.
func newPhase(latencyMs int64, chain, home, limit summary) phase {
	p := phase{
		LatencyMs: latencyMs, Chain: chain, Home: home, Limit: limit,
		ToChain: home.over(chain), ToLimit: home.over(limit),
	}
	if latencyMs > 0 {
		within := p.ToChain.Median <= bound
		p.WithinBound = &within
	}
	return p
}

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

func (r *report) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func (r *report) writeTable(w io.Writer) error {
	fmt.Fprintf(w, "The home of one resident, one request at a time, in turn with what it is compared with.\n%s\n", r.Machine)
	for _, p := range r.Phases {
		if err := p.write(w); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nUpstream calls per home\n")
	for _, endpoint := range slices.Sorted(maps.Keys(r.Calls)) {
		fmt.Fprintf(w, "  %-62s %.4g\n", endpoint, r.Calls[endpoint])
	}
	return nil
}

func (p phase) write(w io.Writer) error {
	fmt.Fprintf(w, "\n%d ms added to every upstream call\n", p.LatencyMs)
	table := tabwriter.NewWriter(w, 10, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "ms\tn\tmin\tmedian\tp95\t\n")
	for _, row := range []struct {
		name string
		s    summary
	}{{"slowest upstream call", p.Chain}, {"Home", p.Home}, {"hand-written", p.Limit}} {
		fmt.Fprintf(table, "%s\t%d\t%.2f\t%.2f\t%.2f\t\n", row.name, row.s.N, row.s.Min, row.s.Median, row.s.P95)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "  Home : slowest upstream call   ratio %.2f%s   p95 %.2f\n", p.ToChain.Median, p.verdict(), p.ToChain.P95)
	fmt.Fprintf(w, "  Home : hand-written            ratio %.2f   p95 %.2f\n", p.ToLimit.Median, p.ToLimit.P95)
	return nil
}

func (p phase) verdict() string {
	switch {
	case p.WithinBound == nil:
		return ""
	case *p.WithinBound:
		return fmt.Sprintf(" (bound %.1f)", bound)
	default:
		return fmt.Sprintf(" (bound %.1f: EXCEEDED)", bound)
	}
}
