package graph

import (
	"io"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/resident-graph/resident-graph/resident"
)

// MarshalDate writes the day of a moment in UTC.
func MarshalDate(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(time.DateOnly)))
	})
}

// UnmarshalDate answers the moment at which a day begins in UTC; INVALID for what is no day.
func UnmarshalDate(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, resident.Refuse(resident.Invalid)
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, resident.Wrap(resident.Invalid, err)
	}
	return day, nil
}
