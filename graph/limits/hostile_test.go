package limits

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/errcode"
)

// hostile is a document that must be refused, and with which code.
type hostile struct{ text, code string }

// numbered repeats format with a running number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// hostiles are the attacks that the limits exist for. Those within the number of tokens are as large as that allows.
func hostiles() map[string]hostile {
	deep := func(n int) string { return strings.Repeat("{viewer", n) + "{id}" + strings.Repeat("}", n) }
	bomb := "{viewer{...F0}}" + numbered(20, "fragment F# on Resident{...G# ...G#}fragment G# on Resident{...H# ...H#}fragment H# on Resident{id}")
	doubling := "{viewer{...F0}}"
	for i := range 30 {
		doubling += fmt.Sprintf("fragment F%d on Resident{...F%d ...F%d}", i, i+1, i+1)
	}
	doubling += "fragment F30 on Resident{id}"
	return map[string]hostile{
		"depth 7 of an unknown field":     {deep(7), errcode.ValidationFailed},
		"depth 13":                        {deep(13), codeTooCostly},
		"depth 200":                       {deep(200), codeTooCostly},
		"depth 1000":                      {deep(1000), codeTooCostly},
		"depth 300 of inline fragments":   {"{viewer" + strings.Repeat("{...", 300) + "{nope}" + strings.Repeat("}", 300) + "}", errcode.ValidationFailed},
		"depth of introspection":          {"{__schema{types" + strings.Repeat("{fields{type", 20) + "{name}" + strings.Repeat("}}", 20) + "}}", codeTooCostly},
		"circular introspection":          {"{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}", errcode.ValidationFailed},
		"a fragment that spreads itself":  {"{viewer{...F}}fragment F on Resident{id ...F}", errcode.ValidationFailed},
		"fragments in a circle":           {"{viewer{...A}}fragment A on Resident{...B}fragment B on Resident{...A}", errcode.ValidationFailed},
		"30 fragments, all in all":        {"{viewer{...F0}}" + numbered(30, "fragment F# on Resident{id "+numbered(6, "...F#")+"}"), errcode.ValidationFailed},
		"10,000 fields":                   {"{viewer{" + strings.Repeat("id ", 10_000) + "}}", codeTooCostly},
		"900 times one field":             {"{viewer{" + strings.Repeat("id ", 900) + "}}", codeTooCostly},
		"190 times an object":             {"{" + strings.Repeat("viewer{id}", 190) + "}", codeTooCostly},
		"900 unknown fields":              {"{viewer{" + numbered(900, "naem# ") + "}}", codeTooCostly},
		"590 unknown fields":              {"{viewer{" + numbered(590, "naem# ") + "}}", errcode.ValidationFailed},
		"1,000 aliases":                   {"{" + numbered(1000, "a#:viewer{id}") + "}", codeTooCostly},
		"150 aliases":                     {"{viewer{" + numbered(150, "a#:id ") + "}}", codeTooCostly},
		"aliases behind fragments":        {"{viewer{...A ...B}}" + "fragment A on Resident{" + numbered(20, "a#:id ") + "}fragment B on Resident{" + numbered(20, "b#:id ") + "}", codeTooCostly},
		"80 conflicting pairs":            {"{viewer{" + strings.Repeat("a:id ", 14) + strings.Repeat("a:unreadCount ", 14) + "}}", errcode.ValidationFailed},
		"1,000 directives":                {"{viewer" + strings.Repeat("@include(if:true)", 1000) + "{id}}", codeTooCostly},
		"100 directives":                  {"{viewer" + strings.Repeat("@include(if:true)", 100) + "{id}}", codeTooCostly},
		"490 unknown directives":          {"{viewer" + strings.Repeat("@a", 490) + "{id}}", codeTooCostly},
		"100 directives on the operation": {"query" + strings.Repeat("@a", 100) + "{viewer{id}}", codeTooCostly},
		"11 root fields":                  {"{" + strings.Repeat("__typename ", 11) + "}", codeTooCostly},
		"root fields behind a fragment":   {"{...A ...A ...A}fragment A on Query{" + strings.Repeat("__typename ", 4) + "}", codeTooCostly},
		"100 kB":                          {"{viewer{id}}" + strings.Repeat(" ", 100_000), codeTooCostly},
		"10 MB":                           {"{viewer{id}}" + strings.Repeat("#", 10<<20), codeTooCostly},
		"16 kB of comment":                {"{viewer{nope}}" + "#" + strings.Repeat("x", 16_000), errcode.ValidationFailed},
		"a string of 16 kB":               {`{node(id:"` + strings.Repeat(`\"`, 8000) + `"){nope}}`, errcode.ValidationFailed},
		"a bomb of 2^30 fields":           {doubling, codeTooCostly},
		"60 fragments":                    {bomb, codeTooCostly},
		"41 fragments":                    {"{viewer{" + numbered(41, "...F# ") + "}}" + numbered(41, "fragment F# on Resident{id}"), codeTooCostly},
		"160 operations":                  {numbered(160, "query Q#{nope}"), codeTooCostly},
		"240 variables":                   {"query(" + numbered(240, "$v#:Int ") + "){viewer{id}}", errcode.ValidationFailed},
		"a list of 450 inputs":            {`mutation{setAuthLocks(input:{idempotencyKey:"12345678",changes:[` + strings.Repeat("{}", 450) + `]}){errors{code}}}`, errcode.ValidationFailed},
		"300 unknown arguments":           {"{viewer{vids(" + strings.Repeat("frst:1 ", 300) + "){nodes{id}}}}", errcode.ValidationFailed},
		"no operation":                    {"fragment A on Resident{id}", errcode.ValidationFailed},
		"nothing":                         {"", errcode.ValidationFailed},
	}
}

// cpuBound and memoryBound are what refusing one document may take.
const (
	cpuBound    = 5 * time.Millisecond
	memoryBound = 10 << 20
)

func TestHostileDocumentsAreRefusedCheaply(t *testing.T) {
	reader := NewReader(contract(t), DefaultBounds())
	for name, h := range hostiles() {
		t.Run(name, func(t *testing.T) {
			if _, err := reader.Parse(h.text, true); codeOf(err) != h.code {
				t.Fatalf("answers %q, want %s: %v", codeOf(err), h.code, err)
			}
			const rounds = 10
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			best := time.Hour // other work on the machine can only add
			for range rounds {
				start := time.Now()
				_, _ = reader.Parse(h.text, true)
				best = min(best, time.Since(start))
			}
			runtime.ReadMemStats(&after)
			if best > slowdown*cpuBound {
				t.Errorf("refusing takes %s", best)
			}
			if took := (after.TotalAlloc - before.TotalAlloc) / rounds; took > memoryBound {
				t.Errorf("refusing takes %d bytes", took)
			}
		})
	}
}

func BenchmarkRefuse(b *testing.B) {
	reader := NewReader(contract(b), DefaultBounds())
	for name, h := range hostiles() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := reader.Parse(h.text, true); err == nil {
					b.Fatal("it is not refused")
				}
			}
		})
	}
}

// What is within the bounds is validated to the end. These are the dearest such documents.
func BenchmarkValidateAtTheBounds(b *testing.B) {
	reader := NewReader(contract(b), DefaultBounds())
	for name, text := range atTheBounds() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := reader.Parse(text, true); codeOf(err) == codeTooCostly {
					b.Fatal("it is beyond the bounds: ", err)
				}
			}
		})
	}
}

func TestTheDearestDocumentWithinTheBoundsIsCheap(t *testing.T) {
	reader := NewReader(contract(t), DefaultBounds())
	for name, text := range atTheBounds() {
		best := time.Hour
		for range 10 {
			start := time.Now()
			if _, err := reader.Parse(text, true); codeOf(err) == codeTooCostly {
				t.Fatalf("%s is beyond the bounds: %v", name, err)
			}
			best = min(best, time.Since(start))
		}
		if best > slowdown*cpuBound {
			t.Errorf("%s takes %s", name, best)
		}
	}
}

func atTheBounds() map[string]string {
	spreads := numbered(38, "...F# ")
	return map[string]string{
		"one field 90 times":    "{viewer{" + strings.Repeat("id ", 89) + "}}",
		"one object 63 times":   "{viewer{" + strings.Repeat("profile{lastLogin}", 63) + "}}",
		"conflicts":             "{viewer{" + strings.Repeat("a:id ", 14) + strings.Repeat("a:unreadCount ", 14) + "}}",
		"introspection":         "{__schema{types{" + strings.Repeat("fields{name}", 45) + strings.Repeat("inputFields{description}", 45) + "}}}",
		"38 fragments in a row": "{viewer{" + spreads + "}}" + numbered(38, "fragment F# on Resident{id unreadCount profile{lastLogin}}"),
		"38 fragments in all": "{viewer{" + spreads + "}}" + func() (all string) {
			for i := range 38 {
				all += fmt.Sprintf("fragment F%d on Resident{id %s}", i, spreads[:max(0, min(len(spreads), 6*(37-i)/2))])
			}
			return all
		}(),
		"objects that spread": "{viewer{" + numbered(30, "profile{...F#}") + "}}" + numbered(30, "fragment F# on Profile{lastLogin fullName{lang value}}"),
	}
}
