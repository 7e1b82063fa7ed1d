package limits

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// ErrExceeded says that a bucket is empty.
var ErrExceeded = errors.New("too many requests")

// Rates is how fast each bucket fills and how much it holds. A zero Limit counts nothing.
type Rates struct {
	Resident  redis_rate.Limit // cost units of a signed-in caller
	Source    redis_rate.Limit // cost units of an address from which visitors come
	OTPTarget redis_rate.Limit // one-time passwords to one phone number, e-mail address or id
	OTPCaller redis_rate.Limit // one-time passwords that one signed-in caller asks for
	OTPSource redis_rate.Limit // one-time passwords that are asked for from one address
	Reveal    redis_rate.Limit // values that one resident has shown in full
}

// DefaultRates lets a resident open some fifty screens at once and one each second for ever. A source is an office or a
// carrier's gateway as well as a person, so it may do more.
func DefaultRates() Rates {
	return Rates{
		Resident:  redis_rate.Limit{Rate: 600, Burst: 600, Period: time.Minute},
		Source:    redis_rate.Limit{Rate: 1200, Burst: 1200, Period: time.Minute},
		OTPTarget: redis_rate.Limit{Rate: 5, Burst: 3, Period: 10 * time.Minute},
		OTPCaller: redis_rate.Limit{Rate: 10, Burst: 5, Period: 10 * time.Minute},
		OTPSource: redis_rate.Limit{Rate: 60, Burst: 30, Period: 10 * time.Minute},
		Reveal:    redis_rate.Limit{Rate: 20, Burst: 10, Period: time.Hour},
	}
}

const (
	// askWithin bounds what a slow Redis can cost a request.
	askWithin = 250 * time.Millisecond
	// restFor is how long a Redis that did not answer is left alone by what may go on without it.
	restFor = time.Second
	// keptEmpty is how many callers with an empty bucket are remembered.
	keptEmpty = 10_000
)

// A Limiter draws on buckets in Redis, which all processes share, by GCRA. The keys are hashed with a secret: Redis
// learns neither who calls nor whom an OTP goes to. Nil counts nothing and refuses nothing but what must be counted.
type Limiter struct {
	redis  *redis_rate.Limiter
	rates  Rates
	secret []byte
	log    *slog.Logger
	empty  *lru.LRU[time.Time]
	rests  atomic.Int64 // until when, in Unix nanoseconds, Redis is left alone
}

// NewLimiter answers a limiter on db; secret is at least 32 bytes that all processes share.
func NewLimiter(db redis.UniversalClient, rates Rates, secret []byte, log *slog.Logger) *Limiter {
	return &Limiter{redis: redis_rate.NewLimiter(db), rates: rates, secret: secret, log: log, empty: lru.New[time.Time](keptEmpty)}
}

// bucket answers the caller's bucket: their own when signed in, or else that of their address, so that a resident is
// never refused for what others behind the same gateway do. The limit is zero when the caller is not counted.
func (l *Limiter) bucket(c Caller) (key, name string, limit redis_rate.Limit) {
	switch {
	case l == nil:
		return "", "", redis_rate.Limit{}
	case c.Owner != "":
		return l.key("resident", c.Owner), "resident", l.rates.Resident
	case c.Source != "":
		return l.key("source", c.Source), "source", l.rates.Source
	}
	return "", "", redis_rate.Limit{}
}

// Wait answers how long the caller's bucket is known to stay empty, 0 when it is not. It asks nobody, so that refusing a
// flood costs nothing.
func (l *Limiter) Wait(ctx context.Context, c Caller) time.Duration {
	key, name, limit := l.bucket(c)
	if limit.IsZero() {
		return 0
	}
	until, known := l.empty.Get(ctx, key)
	wait := time.Until(until)
	if !known || wait <= 0 {
		return 0
	}
	RequestOf(ctx).tell(name, &redis_rate.Result{Limit: limit, RetryAfter: wait, ResetAfter: wait})
	return wait
}

// Charge takes units from the caller's bucket and answers what remains. It answers ErrExceeded with the time until
// there is enough. Nil means that the caller is not counted, or that Redis does not answer: reads then go on.
func (l *Limiter) Charge(ctx context.Context, c Caller, units int) (remaining *int, wait time.Duration, err error) {
	key, name, limit := l.bucket(c)
	if limit.IsZero() || time.Now().UnixNano() < l.rests.Load() {
		return nil, 0, nil
	}
	result, err := l.take(ctx, key, limit, units)
	if err != nil {
		if ctx.Err() == nil {
			l.rests.Store(time.Now().Add(restFor).UnixNano())
			l.log.WarnContext(ctx, "requests are not counted: Redis does not answer", "error", err)
		}
		return nil, 0, nil
	}
	RequestOf(ctx).tell(name, result)
	if result.Allowed == 0 && units > 0 {
		l.empty.Add(ctx, key, time.Now().Add(result.RetryAfter))
		return &result.Remaining, result.RetryAfter, ErrExceeded
	}
	return &result.Remaining, 0, nil
}

// AllowOTP counts one one-time password to target: a phone number, an e-mail address or an id. owner is the signed-in
// caller, empty for a visitor; the address comes from ctx. It answers nil only when all three buckets had one left;
// ErrExceeded with the time to wait; and any other error when they cannot be counted, which must refuse too.
func (l *Limiter) AllowOTP(ctx context.Context, owner, target string) (wait time.Duration, err error) {
	if l == nil {
		return 0, errors.New("one-time passwords cannot be counted: there is no limiter")
	}
	if wait, err = l.must(ctx, "otp-source", RequestOf(ctx).Source, l.rates.OTPSource); err != nil {
		return wait, err
	}
	if wait, err = l.must(ctx, "otp-caller", owner, l.rates.OTPCaller); err != nil {
		return wait, err
	}
	return l.must(ctx, "otp-target", target, l.rates.OTPTarget)
}

// AllowReveal counts one value that owner has shown in full, and fails as AllowOTP does.
func (l *Limiter) AllowReveal(ctx context.Context, owner string) (wait time.Duration, err error) {
	if l == nil {
		return 0, errors.New("reveals cannot be counted: there is no limiter")
	}
	return l.must(ctx, "reveal", owner, l.rates.Reveal)
}

// must takes one unit or answers why it cannot.
func (l *Limiter) must(ctx context.Context, bucket, name string, limit redis_rate.Limit) (time.Duration, error) {
	if limit.IsZero() || name == "" {
		return 0, nil
	}
	result, err := l.take(ctx, l.key(bucket, name), limit, 1)
	switch {
	case err != nil:
		return 0, fmt.Errorf("count for the bucket %s: %w", bucket, err)
	case result.Allowed == 0:
		return result.RetryAfter, ErrExceeded
	}
	return 0, nil
}

// take asks Redis. What costs more than the bucket holds takes all of it.
func (l *Limiter) take(ctx context.Context, key string, limit redis_rate.Limit, units int) (*redis_rate.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	return l.redis.AllowN(ctx, key, limit, min(units, limit.Burst))
}

func (l *Limiter) key(bucket, name string) string {
	mac := hmac.New(sha256.New, l.secret)
	mac.Write([]byte(bucket + "\x00" + name))
	return bucket + ":" + hex.EncodeToString(mac.Sum(nil)[:16])
}
