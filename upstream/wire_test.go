package upstream_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

func TestWireTimes(t *testing.T) {
	day := func(h, m, s, ns int) time.Time { return time.Date(2026, 3, 12, h, m, s, ns, time.UTC) }
	for text, want := range map[string]time.Time{
		`"2026-03-12T09:45:12.407Z"`:      day(9, 45, 12, 407_000_000),
		`"2026-03-12T09:45:12.407"`:       day(9, 45, 12, 407_000_000),
		`"2026-03-12T09:45:12"`:           day(9, 45, 12, 0),
		`"2026-03-12T09:45"`:              day(9, 45, 0, 0),
		`"2026-03-12T09:45:12.1"`:         day(9, 45, 12, 100_000_000),
		`"2026-03-12T09:45:12.123456789"`: day(9, 45, 12, 123_456_789),
		`"2026-03-12 09:45:12.120331"`:    day(9, 45, 12, 120_331_000),
		`"2026-03-12T15:15:12.407+05:30"`: day(9, 45, 12, 407_000_000),
		`"2026-03-12T15:15:12.407+0530"`:  day(9, 45, 12, 407_000_000),
		`"2026-03-12"`:                    day(0, 0, 0, 0),
		`[2026,3,12,9,45,12,407000000]`:   day(9, 45, 12, 407_000_000),
		`[2026,3,12,9,45]`:                day(9, 45, 0, 0),
		`"9999-12-31T23:59:59.999999999"`: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		`"+10000-01-01T00:00:00"`:         time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		`null`:                            {},
		`""`:                              {},
	} {
		var got upstream.WireTime
		if err := json.Unmarshal([]byte(text), &got); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`"yesterday 4752553412"`, `"+1-1"`, `[2026]`, `[1,2,3,4,5,6,7,8]`, `{}`, `true`, `["a","b","c"]`} {
		var got upstream.WireTime
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s was read as %v", text, got)
		} else if strings.Contains(err.Error(), "4752553412") {
			t.Errorf("the value is in the error: %v", err)
		}
	}
}

func TestTimestampHasMillisecondsAndZ(t *testing.T) {
	at := time.Date(2026, 3, 12, 15, 15, 0, 999_999, time.FixedZone("", 19800))
	if got := upstream.Timestamp(at); got != "2026-03-12T09:45:00.000Z" {
		t.Error(got)
	}
}

func TestSegmentStaysOneSegment(t *testing.T) {
	for in, want := range map[string]string{
		"order-a-physical-card-positive purpose": "order-a-physical-card-positive%20purpose",
		"..":                                     "%2E%2E",
		"../../admin?x=1#y":                      "..%2F..%2Fadmin%3Fx=1%23y",
		"4752553412":                             "4752553412",
	} {
		if got := upstream.Segment(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestRefHash(t *testing.T) {
	if got := upstream.RefHash("abc"); got != "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD" {
		t.Error(got)
	}
}
