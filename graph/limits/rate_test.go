package limits

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

var (
	anna  = Caller{Class: Resident, Owner: "111", Source: "192.0.2.1"}
	berta = Caller{Class: Resident, Owner: "222", Source: "192.0.2.1"}
	guest = Caller{Class: Visitor, Source: "192.0.2.1"}
	other = Caller{Class: Visitor, Source: "192.0.2.2"}
)

func hourly(n int) redis_rate.Limit { return redis_rate.PerHour(n) }

// rates are so slow that no test sees a bucket fill, unless the clock is moved.
var rates = Rates{Resident: hourly(20), Source: hourly(10), OTPTarget: hourly(3), OTPCaller: hourly(5), OTPSource: hourly(7), Reveal: hourly(2)}

// servers are what a limiter must run on: miniredis, and redis-server where it is installed.
func servers(t *testing.T, test func(t *testing.T, db *redis.Client)) {
	t.Run("miniredis", func(t *testing.T) {
		db := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
		defer db.Close()
		test(t, db)
	})
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return
	}
	t.Run("redis-server", func(t *testing.T) {
		dir, err := os.MkdirTemp("", "rg") // a socket's path may have 107 bytes, which t.TempDir exceeds
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		server := exec.Command(binary, "--port", "0", "--unixsocket", dir+"/redis", "--save", "", "--dir", dir)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
		db := redis.NewClient(&redis.Options{Network: "unix", Addr: dir + "/redis"})
		defer db.Close()
		for deadline := time.Now().Add(time.Minute); db.Ping(t.Context()).Err() != nil; {
			if time.Now().After(deadline) {
				t.Fatal("redis-server does not answer")
			}
			time.Sleep(10 * time.Millisecond)
		}
		test(t, db)
	})
}

func limiter(db redis.UniversalClient) *Limiter {
	return NewLimiter(db, rates, []byte("a secret of at least 32 bytes....."), slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func TestEachCallerHasOneBucket(t *testing.T) {
	servers(t, func(t *testing.T, db *redis.Client) {
		l := limiter(db)
		remaining, _, err := l.Charge(t.Context(), anna, 15)
		if err != nil || *remaining != 5 {
			t.Fatalf("%v remain: %v", remaining, err)
		}
		if _, wait, err := l.Charge(t.Context(), anna, 6); !errors.Is(err, ErrExceeded) || wait <= 0 || wait > 3*time.Minute {
			t.Errorf("the 21st unit answers %v, wait %s", err, wait)
		}
		for _, neighbour := range []Caller{berta, guest, other} {
			if _, _, err := l.Charge(t.Context(), neighbour, 5); err != nil {
				t.Errorf("%+v pays for another: %v", neighbour, err)
			}
		}
		if l.Wait(t.Context(), anna) <= 0 || l.Wait(t.Context(), guest) != 0 {
			t.Error("who has to wait is not remembered")
		}
		if _, _, err := limiter(db).Charge(t.Context(), guest, 6); !errors.Is(err, ErrExceeded) {
			t.Errorf("another process does not count with us: %v", err)
		}
	})
}

func TestWhatCostsMoreThanABucketTakesAllOfIt(t *testing.T) {
	servers(t, func(t *testing.T, db *redis.Client) {
		l := limiter(db)
		if remaining, _, err := l.Charge(t.Context(), anna, 1000); err != nil || *remaining != 0 {
			t.Errorf("%v remain: %v", remaining, err)
		}
	})
}

func TestABucketFillsAgain(t *testing.T) {
	server := miniredis.RunT(t)
	db := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer db.Close()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	server.SetTime(now)
	l := limiter(db)
	if _, _, err := l.Charge(t.Context(), guest, 10); err != nil {
		t.Fatal(err)
	}
	_, wait, err := l.Charge(t.Context(), guest, 1)
	if !errors.Is(err, ErrExceeded) || Seconds(wait) != 360 { // ten an hour
		t.Fatalf("%v, wait %s", err, wait)
	}
	server.SetTime(now.Add(wait))
	if _, _, err := l.Charge(t.Context(), guest, 1); err != nil {
		t.Errorf("refused after the wait: %v", err)
	}
}

func TestOTPsAreCountedByTargetCallerAndSource(t *testing.T) {
	servers(t, func(t *testing.T, db *redis.Client) {
		l := limiter(db)
		from := func(source string) context.Context {
			return context.WithValue(t.Context(), requestKey{}, &Request{Source: source})
		}
		allowed := func(source, owner string, targets ...string) (n int) {
			for _, target := range targets {
				wait, err := l.AllowOTP(from(source), owner, target)
				switch {
				case err == nil:
					n++
				case !errors.Is(err, ErrExceeded) || wait <= 0:
					t.Fatalf("%v, wait %s", err, wait)
				}
			}
			return n
		}
		if n := allowed("192.0.2.1", "", "+911", "+911", "+911", "+911"); n != 3 {
			t.Errorf("one number got %d OTPs", n)
		}
		if n := allowed("192.0.2.2", "333", "a", "b", "c", "d", "e", "f"); n != 5 {
			t.Errorf("one caller got %d OTPs", n)
		}
		if n := allowed("192.0.2.3", "", "g", "h", "i", "j", "k", "l", "m", "n"); n != 7 {
			t.Errorf("one address got %d OTPs", n)
		}
		keys, err := db.Keys(t.Context(), "*").Result()
		if err != nil || len(keys) == 0 {
			t.Fatal(keys, err)
		}
		for _, key := range keys {
			if strings.Contains(key, "+911") || strings.Contains(key, "192.0.2") || strings.Contains(key, "333") {
				t.Errorf("Redis learns %s", key)
			}
		}
	})
}

func TestRevealsAreCounted(t *testing.T) {
	servers(t, func(t *testing.T, db *redis.Client) {
		l := limiter(db)
		for n := range 3 {
			if _, err := l.AllowReveal(t.Context(), "111"); (err == nil) != (n < 2) {
				t.Errorf("reveal %d: %v", n+1, err)
			}
		}
	})
}

func TestWithoutRedisReadsGoOnAndOTPsDoNot(t *testing.T) {
	server := miniredis.RunT(t)
	db := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	defer db.Close()
	server.Close()
	l := limiter(db)
	start := time.Now()
	for range 1000 {
		if remaining, _, err := l.Charge(t.Context(), anna, 1); err != nil || remaining != nil {
			t.Fatalf("a read is refused: %v", err)
		}
	}
	if took := time.Since(start); took > 100*askWithin {
		t.Errorf("a Redis that is down costs 1,000 reads %s", took)
	}
	if _, err := l.AllowOTP(t.Context(), "111", "+911"); err == nil || errors.Is(err, ErrExceeded) {
		t.Errorf("an OTP is allowed uncounted: %v", err)
	}
	if _, err := l.AllowReveal(t.Context(), "111"); err == nil || errors.Is(err, ErrExceeded) {
		t.Errorf("a reveal is allowed uncounted: %v", err)
	}
	var none *Limiter
	if _, err := none.AllowOTP(t.Context(), "111", "+911"); err == nil {
		t.Error("an OTP is allowed without a limiter")
	}
	if _, _, err := none.Charge(t.Context(), anna, 1); err != nil || none.Wait(t.Context(), anna) != 0 {
		t.Errorf("a read is refused without a limiter: %v", err)
	}
}

func TestTheAnswerTellsTheRate(t *testing.T) {
	servers(t, func(t *testing.T, db *redis.Client) {
		l := limiter(db)
		answer := func(units int) http.Header {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil)
			Middleware(0, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _, _ = l.Charge(r.Context(), guest, units)
			})).ServeHTTP(w, r)
			return w.Header()
		}
		if h := answer(4); h.Get("RateLimit-Policy") != `"source";q=10;w=3600` || h.Get("RateLimit") != `"source";r=6;t=1440` || h.Get("Retry-After") != "" {
			t.Errorf("%v", h)
		}
		if h := answer(7); h.Get("RateLimit") != `"source";r=0;t=1440` || h.Get("Retry-After") != "360" {
			t.Errorf("%v", h)
		}
	})
}
