package main

import (
	"math"
	"slices"
	"time"
)

// bound is how many times the slowest upstream call a home may take when each upstream call takes 50 ms longer.
const bound = 1.5

// summary describes a series of times, in milliseconds.
type summary struct {
	N      int     `json:"n"`
	Min    float64 `json:"minMs"`
	Median float64 `json:"medianMs"`
	P95    float64 `json:"p95Ms"`
}

func summarise(times []time.Duration) summary {
	sorted := slices.Sorted(slices.Values(times))
	return summary{N: len(sorted), Min: quantile(sorted, 0), Median: quantile(sorted, 0.5), P95: quantile(sorted, 0.95)}
}

// quantile answers the smallest time that a share q of all does not exceed, in milliseconds.
func quantile(sorted []time.Duration, q float64) float64 {
	at := max(int(math.Ceil(q*float64(len(sorted))))-1, 0)
	return float64(sorted[at]) / float64(time.Millisecond)
}

// ratio is how many times slower one series is than another.
type ratio struct {
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
}

func (s summary) over(base summary) ratio { return ratio{s.Median / base.Median, s.P95 / base.P95} }
