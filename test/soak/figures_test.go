package soak

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figures are the samples of /metrics without labels, and those with them under their full name.
type figures map[string]float64

// read answers what the server says of itself now.
func (w *world) read(t *testing.T) figures {
	t.Helper()
	resp, err := http.Get(w.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	found := figures{}
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, text, ok := cutLast(lines.Text())
		if value, err := strconv.ParseFloat(text, 64); ok && err == nil {
			found[name] = value
		}
	}
	return found
}

func cutLast(line string) (name, value string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 || strings.HasPrefix(line, "#") {
		return "", "", false
	}
	return line[:i], line[i+1:], true
}

// The figures of the Go runtime and the process.
const (
	goroutines = "go_goroutines"
	heapLive   = "go_gc_heap_live_bytes"
	memory     = "process_resident_memory_bytes"
	openFiles  = "process_open_fds"
	usedCPU    = "process_cpu_seconds_total"
)

// callsNotOK answers how many calls of which service ended how, those left out that were answered.
func (f figures) callsNotOK() map[string]float64 {
	found := map[string]float64{}
	for name, n := range f {
		if labels, ok := strings.CutPrefix(name, "resident_graph_upstream_calls_total"); ok && !strings.Contains(labels, `"ok"`) {
			found[labels] = n
		}
	}
	return found
}

// atRest answers the least of each figure over a time without requests: what a request of another kind, a timer or the
// sampling itself adds is not there in every sample.
func (w *world) atRest(t *testing.T, during time.Duration) figures {
	t.Helper()
	least := w.read(t)
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		now := w.read(t)
		for name, value := range now {
			if old, known := least[name]; !known || value < old {
				least[name] = value
			}
		}
	}
	return least
}

// sample is the memory of the server at a time.
type sample struct {
	at         time.Duration
	live, held float64
}

// sampled reads the memory until stop is closed.
func (w *world) sampled(t *testing.T, every time.Duration, stop <-chan struct{}) (samples []sample) {
	t.Helper()
	began, tick := time.Now(), time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return samples
		case <-tick.C:
			f := w.read(t)
			samples = append(samples, sample{time.Since(began), f[heapLive], f[memory]})
		}
	}
}

// growth answers by how much a figure grew over the samples, in MiB: the slope of the straight line that fits them best,
// times their length. The first quarter is left out, in which caches fill.
func growth(samples []sample, figure func(sample) float64) float64 {
	samples = samples[len(samples)/4:]
	n := float64(len(samples))
	var sx, sy, sxx, sxy float64
	for _, s := range samples {
		x, y := s.at.Seconds(), figure(s)
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if n < 2 || n*sxx == sx*sx {
		return 0
	}
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	return slope * (samples[len(samples)-1].at - samples[0].at).Seconds() / (1 << 20)
}
