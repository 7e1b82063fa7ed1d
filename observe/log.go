package observe

import (
	"context"
	"io"
	"log/slog"
	"regexp"
)

// NewLog answers a logger that writes JSON lines with the trace id, and blots out what looks like an id of a person.
func NewLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(&tracing{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: blot})})
}

// tracing adds the trace id of the context to each line.
type tracing struct{ slog.Handler }

func (t *tracing) Handle(ctx context.Context, r slog.Record) error {
	if id := TraceID(ctx); id != "" {
		r.AddAttrs(slog.String("trace", id))
	}
	return t.Handler.Handle(ctx, r)
}

func (t *tracing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &tracing{t.Handler.WithAttrs(attrs)}
}
func (t *tracing) WithGroup(name string) slog.Handler { return &tracing{t.Handler.WithGroup(name)} }

// personal matches a UIN or phone number (10 digits), a VID (16), an AID (29) and e-mail addresses. It is the last
// line: nothing should log them to begin with. An EID has 16 digits too, and is logged under `event` for support.
var personal = regexp.MustCompile(`\b(\d{10}|\d{16}|\d{29})\b|[^\s"<>@]+@[^\s"<>@]+\.[^\s"<>@]+`)

func blot(_ []string, a slog.Attr) slog.Attr {
	if a.Key == "event" || a.Key == "trace" {
		return a
	}
	switch a.Value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, personal.ReplaceAllString(a.Value.String(), "[redacted]"))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			return slog.String(a.Key, personal.ReplaceAllString(err.Error(), "[redacted]"))
		}
	}
	return a
}
