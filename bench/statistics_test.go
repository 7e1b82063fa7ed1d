package main

import (
	"testing"
	"time"
)

func TestASummaryIsOfTheSeriesInAnyOrder(t *testing.T) {
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration((i*37)%100+1)*time.Millisecond) // 1 to 100 ms, shuffled
	}
	got := summarise(times)
	if want := (summary{N: 100, Min: 1, Median: 50, P95: 95}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if one := summarise(times[:1]); one != (summary{N: 1, Min: 1, Median: 1, P95: 1}) {
		t.Errorf("of one: %+v", one)
	}
}

func TestTheBoundSpeaksOfAddedLatencyAlone(t *testing.T) {
	chain, limit := summary{Median: 50, P95: 60}, summary{Median: 40, P95: 50}
	for _, test := range []struct {
		latencyMs int64
		home      float64
		verdict   string
	}{
		{50, 75, " (bound 1.5)"},
		{50, 76, " (bound 1.5: EXCEEDED)"},
		{0, 500, ""},
	} {
		p := newPhase(test.latencyMs, chain, summary{Median: test.home, P95: 90}, limit)
		if got := p.verdict(); got != test.verdict {
			t.Errorf("%+v: %q, want %q", test, got, test.verdict)
		}
		if want := (ratio{Median: test.home / 50, P95: 1.5}); p.ToChain != want {
			t.Errorf("%+v: %+v, want %+v", test, p.ToChain, want)
		}
	}
}
