package sandbox

import (
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"time"
)

// everyService is the name under which a fault hits all services that have
// none of their own.
const everyService = "*"

// fault is what a service does wrong. The zero fault does nothing.
type fault struct {
	LatencyMs int `json:"latencyMs,omitempty"` // added before anything else
	// ErrorRate is the share of calls, 0 to 1, answered with Status. Absent
	// beside a Status it is 1; a rate without a Status answers 500.
	ErrorRate *float64 `json:"errorRate,omitempty"`
	Status    int      `json:"status,omitempty"`
	Hang      bool     `json:"hang,omitempty"`    // never answers
	Garbage   bool     `json:"garbage,omitempty"` // 200 with an HTML page cut in the middle
	Down      bool     `json:"down,omitempty"`    // closes the connection without an answer
	// AfterWrite is what becomes of the answer to a write that was accepted and is in the journal: drop closes the
	// connection, hang never answers, die ends the process. Only a sandbox with a journal does this.
	AfterWrite string `json:"afterWrite,omitempty"`
	// AnswerMs is how long the answer to anything but a read is held back once it is done.
	AnswerMs int `json:"answerMs,omitempty"`
	// Refuse answers with an error of MOSIP's, and does nothing else.
	Refuse *refusal `json:"refuse,omitempty"`
}

// refusal is an error of MOSIP's for the calls of one method, or for all where Method is empty.
type refusal struct {
	Method string `json:"method,omitempty"`
	kernelError
}

// faults holds the faults that are switched on, by service name.
type faults struct {
	closing <-chan struct{} // lets hanging calls go when the sandbox stops

	mu sync.RWMutex
	on map[string]fault

	writing sync.RWMutex // held for reading by each write until it is in the journal
}

func (f *faults) set(on map[string]fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on = maps.Clone(on)
}

func (f *faults) all() map[string]fault {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return maps.Clone(f.on)
}

func (f *faults) of(service string) fault {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if own, ok := f.on[service]; ok {
		return own
	}
	return f.on[everyService]
}

// wrap puts the service's present fault before h.
func (f *faults) wrap(service string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := f.of(service)
		if !f.wait(r, time.Duration(now.LatencyMs)*time.Millisecond) {
			panic(http.ErrAbortHandler)
		}
		switch {
		case now.Down:
			panic(http.ErrAbortHandler) // net/http closes the connection, unlogged
		case now.Hang:
			f.wait(r, 24*time.Hour)
			panic(http.ErrAbortHandler)
		case now.Garbage:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><body><h1>It works!</h1><p>{\"response\":")
		case now.Refuse != nil && (now.Refuse.Method == "" || now.Refuse.Method == r.Method):
			refuse(w, nil, nil, now.Refuse.kernelError)
		case now.strikes():
			w.WriteHeader(now.status())
		default:
			defer f.withhold(r)
			f.answerLate(w, r, h, time.Duration(now.AnswerMs)*time.Millisecond)
		}
	})
}

// answerLost is what a write panics with that is done and is not to be answered.
type answerLost struct{ hangs bool }

// afterWrite ends a write of a service as its fault says.
func (f *faults) afterWrite(service string) {
	switch now := f.of(service).AfterWrite; now {
	case "drop", "hang":
		panic(answerLost{hangs: now == "hang"})
	case "die":
		f.writing.Lock() // of what other requests write, the journal knows before the end
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {}
	}
}

// withhold is deferred: it keeps the answer of a write back that panicked with answerLost.
func (f *faults) withhold(r *http.Request) {
	broken := recover()
	lost, ours := broken.(answerLost)
	switch {
	case broken == nil:
		return
	case !ours:
		panic(broken)
	case lost.hangs:
		f.wait(r, 24*time.Hour)
	}
	panic(http.ErrAbortHandler)
}

// wait reports whether d passed before the caller left or the sandbox closed.
func (f *faults) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-f.closing:
	}
	return false
}

func (f fault) strikes() bool {
	if f.ErrorRate == nil {
		return f.Status != 0
	}
	return rand.Float64() < *f.ErrorRate
}

func (f fault) status() int {
	if f.Status == 0 {
		return http.StatusInternalServerError
	}
	return f.Status
}
