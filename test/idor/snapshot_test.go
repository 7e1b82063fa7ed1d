package idor

import (
	"strings"
	"testing"
)

// snapshot answers all that a resident sees of themselves, as text. Links to files are left out:
// the photo's moves with the clock, and each of the others is another one.
func snapshot(t testing.TB, p *person) string {
	t.Helper()
	schema := contract(t)
	var all []string
	for _, field := range schema.Types["Resident"].Fields {
		if text, ok := selection(schema, field, nil); ok {
			all = append(all, plain(t, without(any(p.Must("{ viewer { "+text+" } }", nil)), "photo", "file", "acknowledgement")))
		}
	}
	return strings.Join(all, "\n")
}

// difference answers where two texts part.
func difference(before, after string) string {
	at := 0
	for at < min(len(before), len(after)) && before[at] == after[at] {
		at++
	}
	around := func(text string) string { return text[max(0, min(at, len(text))-80):min(len(text), at+120)] }
	return "\nbefore …" + around(before) + "…\nafter  …" + around(after) + "…"
}
