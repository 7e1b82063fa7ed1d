package upstream

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const timestampLayout = "2006-01-02T15:04:05.000Z"

// Timestamp writes t as MOSIP wants it in requests: UTC, exactly three fraction digits, Z.
func Timestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// WireTime is a time as MOSIP's services write it: with or without zone (then UTC), zero to nine fraction digits, a
// blank in place of the T, seconds left out, or a JSON array of numbers. JSON null and "" are the zero time.
type WireTime struct{ time.Time }

// UnmarshalJSON reads any of the forms; the text of a failure does not repeat the value.
func (w *WireTime) UnmarshalJSON(raw []byte) (err error) {
	switch {
	case len(raw) > 0 && raw[0] == '[':
		var parts []int
		if err = json.Unmarshal(raw, &parts); err == nil {
			w.Time, err = fromParts(parts)
		}
	default:
		var text *string
		if err = json.Unmarshal(raw, &text); err == nil && text != nil && *text != "" {
			w.Time, err = ParseTime(*text)
		}
	}
	return err
}

// ParseTime reads a timestamp text as WireTime does and returns it in UTC.
func ParseTime(text string) (time.Time, error) {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	// Java writes years beyond 9999 with a sign and five digits ("no expiry" rounded up by the database).
	if rest, far := strings.CutPrefix(text, "+"); far {
		digits, _, _ := strings.Cut(rest, "-")
		if year, err := strconv.Atoi(digits); err == nil && year > 9999 {
			return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), nil
		}
	}
	for _, layout := range []string{
		"2006-01-02T15:04:05Z07:00", // Go reads a fraction after the seconds whether or not the layout has one
		"2006-01-02T15:04:05",
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04Z07:00",
		"2006-01-02T15:04", // Java leaves out seconds that are zero
		"2006-01-02",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("a timestamp of %d characters in no known form", len(text))
}

// fromParts reads year, month, day[, hour, minute[, second[, nanosecond]]].
func fromParts(p []int) (time.Time, error) {
	if len(p) < 3 || len(p) > 7 {
		return time.Time{}, fmt.Errorf("a timestamp of %d numbers", len(p))
	}
	full := append(p, make([]int, 7-len(p))...)
	return time.Date(full[0], time.Month(full[1]), full[2], full[3], full[4], full[5], full[6], time.UTC), nil
}
