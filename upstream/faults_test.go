package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

func TestRetryCountsAreExact(t *testing.T) {
	const fault = `{"errors":[{"errorCode":"IDR-IDC-002"}]}`
	for name, row := range map[string]struct {
		answers []int // the last one repeats
		call    func(context.Context, *upstream.Client) (thing, error)
		sends   int32
		ok      bool
	}{
		"a read that recovers":       {[]int{503, 200}, read, 2, true},
		"a read at the third try":    {[]int{500, 503, 200}, read, 3, true},
		"a read that never recovers": {[]int{503}, read, 3, false},
		"a read that is refused":     {[]int{400}, read, 1, false},
		"a write":                    {[]int{503, 200}, write, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			var s *service
			s = serve(t, func(w http.ResponseWriter, r *http.Request) {
				status := row.answers[min(int(s.sends.Load()), len(row.answers))-1]
				body := wellDone
				if status != 200 {
					body = fault
				}
				answering(status, body)(w, r)
			})
			_, err := row.call(t.Context(), s.client())
			if (err == nil) != row.ok || s.sends.Load() != row.sends {
				t.Errorf("%d sends, %v", s.sends.Load(), err)
			}
		})
	}
}

func TestHangEndsWithinTheDeadline(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	byCaller, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	leaving, leave := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, leave)
	for name, row := range map[string]struct {
		ctx     context.Context
		timeout time.Duration
		code    string
	}{
		"the caller's deadline": {byCaller, time.Minute, "deadline"},
		"our own":               {t.Context(), 100 * time.Millisecond, "deadline"},
		"the caller leaves":     {leaving, time.Minute, "canceled"},
	} {
		for _, call := range []func(context.Context, *upstream.Client) (thing, error){read, write} {
			before, started := s.sends.Load(), time.Now()
			_, err := call(row.ctx, s.client(func(o *upstream.Options) { o.Timeout = row.timeout }))
			e, _ := errors.AsType[*upstream.Error](err)
			if e == nil || e.Kind != upstream.Timeout || e.Code != row.code {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(started); took > 30*time.Second {
				t.Errorf("%s: took %v", name, took)
			}
			if sent := s.sends.Load() > before; sent && !e.Sent {
				t.Errorf("%s: reached the service, but Sent is false", name)
			}
		}
	}
}

func TestConnectionRefusedWasNotSent(t *testing.T) {
	s := serve(t, answering(200, wellDone))
	s.Close()
	_, err := write(t.Context(), s.client())
	e, _ := errors.AsType[*upstream.Error](err)
	if e == nil || e.Kind != upstream.Unavailable || e.Sent {
		t.Errorf("%+v", e)
	}
}

func TestConnectionCutAfterTheRequestMayHaveBeenSent(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err := write(t.Context(), s.client())
	e, _ := errors.AsType[*upstream.Error](err)
	if e == nil || e.Kind != upstream.Unavailable || !e.Sent || s.sends.Load() != 1 {
		t.Errorf("%+v after %d sends", e, s.sends.Load())
	}
}

func TestHugeBodyIsCut(t *testing.T) {
	var written atomic.Int64
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<16))
		for range 100 << 20 / len(chunk) {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := read(t.Context(), s.client())
	runtime.ReadMemStats(&after)
	e, _ := errors.AsType[*upstream.Error](err)
	if e == nil || e.Kind != upstream.Garbled || e.Code != "too-large" || s.sends.Load() != 1 {
		t.Fatalf("%v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 40<<20 {
		t.Errorf("took %d MB for a body capped at 4", grown>>20)
	}
	if written.Load() > 50<<20 {
		t.Errorf("read on to %d MB", written.Load()>>20)
	}
}

func TestBreakerOpensAndCloses(t *testing.T) {
	var healthy atomic.Bool
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if healthy.Load() {
			answering(200, wellDone)(w, r)
			return
		}
		answering(503, "")(w, r)
	})
	c := s.client()
	opened := func() bool {
		_, err := write(t.Context(), c)
		e, _ := errors.AsType[*upstream.Error](err)
		return e != nil && e.Code == "breaker-open" && e.Kind == upstream.Unavailable && !e.Sent
	}
	for n := 0; !opened(); n++ {
		if n > 20 {
			t.Fatal("never opened")
		}
	}
	const stays = 1500 * time.Millisecond // less than it does
	held := s.sends.Load()
	started := time.Now()
	for range 100 {
		if !opened() && time.Since(started) < stays {
			t.Fatal("did not stay open")
		}
	}
	if s.sends.Load() != held && time.Since(started) < stays {
		t.Errorf("%d sends through an open breaker", s.sends.Load()-held)
	}
	healthy.Store(true)
	deadline := time.Now().Add(time.Minute)
	for {
		if _, err := read(t.Context(), c); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("never closed again")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	s := serve(t, answering(200, `{"errors":[{"errorCode":"IDR-IDC-006"}]}`))
	c := s.client()
	for range 30 {
		_, _ = write(t.Context(), c)
	}
	if s.sends.Load() != 30 {
		t.Errorf("%d of 30 sent: one broken record closed the service", s.sends.Load())
	}
}

func TestNoRetryStorm(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond)
		answering(503, "")(w, r)
	})
	c := s.client()
	const callers = 200
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() { _, _ = read(t.Context(), c) })
	}
	wg.Wait()
	if n := s.sends.Load(); n > callers*12/10 {
		t.Errorf("%d calls became %d sends", callers, n)
	}
}

func TestErrorsAndLogsHoldNoIds(t *testing.T) {
	dead := serve(t, answering(200, ""))
	dead.Close()
	talking := serve(t, answering(200, `{"errors":[{"errorCode":"Individual ID is invalid: 4752553412","message":"UIN 4752553412"}]}`))
	var out bytes.Buffer
	logged := func(o *upstream.Options) {
		o.Log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	for _, c := range []*upstream.Client{dead.client(logged), talking.client(logged)} {
		_, err := read(t.Context(), c)
		if err == nil {
			t.Fatal("no error")
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if text := fmt.Sprint(err); strings.Contains(text, "4752553412") {
				t.Errorf("error text %q", text)
			}
		}
	}
	lines := strings.Count(out.String(), "\n")
	if lines != 2 || strings.Contains(out.String(), "4752553412") || !strings.Contains(out.String(), `"service":"identity","operation":"read","status":"unavailable"`) {
		t.Errorf("%d lines: %s", lines, out.String())
	}
}
