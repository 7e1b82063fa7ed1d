package limits

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-redis/redis_rate/v10"
)

// tell puts the RateLimit fields of draft-ietf-httpapi-ratelimit-headers (and Retry-After, RFC 9110 §10.2.3, on a
// refusal) on the answer to the request.
func (r Request) tell(bucket string, result *redis_rate.Result) {
	if r.header == nil {
		return
	}
	r.header.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%d;w=%d`, bucket, result.Limit.Burst, Seconds(window(result.Limit))))
	r.header.Set("RateLimit", fmt.Sprintf(`"%s";r=%d;t=%d`, bucket, result.Remaining, Seconds(result.ResetAfter)))
	if result.RetryAfter > 0 {
		r.header.Set("Retry-After", strconv.Itoa(Seconds(result.RetryAfter)))
	}
}

// window is how long an empty bucket takes to fill.
func window(l redis_rate.Limit) time.Duration {
	return l.Period * time.Duration(l.Burst) / time.Duration(l.Rate)
}

// Seconds rounds up: who waits so long does not come too early.
func Seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
