package attack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/test/harness"
)

// many writes a format so many times, each with its number.
func many(n int, format string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, format, i)
	}
	return all.String()
}

// around puts an opening and a closing text around another so many times.
func around(n int, before, inside, after string) string {
	return strings.Repeat(before, n) + inside + strings.Repeat(after, n)
}

// hostileDocuments ask for more than any screen needs; # is where the canary goes.
func hostileDocuments() map[string]string {
	bomb := many(25, "fragment F%[1]d on Query { ...G%[1]d ...G%[1]d } fragment G%[1]d on Query { ...N%[1]d ...N%[1]d } ")
	for i := range 25 {
		bomb = strings.ReplaceAll(bomb, fmt.Sprintf("N%d ", i), fmt.Sprintf("F%d ", i+1))
	}
	documents := map[string]string{
		"an unknown field":               `{ viewer { nothing(x: "#") } }`,
		"a document cut off":             `{ viewer { vids(after: "#"`,
		"no operation":                   `fragment F on Query { viewer { id } } # #`,
		"two operations, none named":     `query A { viewer { id } } query B { viewer { id } }`,
		"an unknown directive":           `{ viewer @upper(x: "#") { id } }`,
		"a fragment that spreads itself": `{ ...F } fragment F on Query { viewer { id } ...F }`,
		"fragments in a circle":          `{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { viewer { id } ...A }`,
		"an undefined variable":          `{ viewer { vids(after: $x) { nodes { id } } } }`,
		"many pages":                     `{ viewer { a: serviceHistory(first: 100) { nodes { id } } b: serviceHistory(first: 100) { nodes { partner { name } } } ` + many(28, `p%d: profile { lastLogin } `) + `} }`,
		"many mutations":                 `mutation { ` + many(9, `m%d: generateVid(input: {idempotencyKey: "hostile-#", type: TEMPORARY}) { vid { id } } `) + `}`,
		"a page that is too long":        `{ viewer { vids(first: 101) { nodes { id } } } }`,
		"a page below nothing":           `{ viewer { vids(first: -1) { nodes { id } } } }`,
		"a page beyond 64 bits":          `{ viewer { vids(first: 99999999999999999999999) { nodes { id } } } }`,
		"a page of infinity":             `{ viewer { vids(first: 1e400) { nodes { id } } } }`,
		"introspection in a circle":      `{ __schema { types { ` + around(25, "fields { type { ", "name", "} }") + `} } }`,
		"a list in a list":               `{ viewer { vids(types: ` + around(400, "[", "PERPETUAL", "]") + `) { nodes { id } } } }`,
		"an object in an object":         `mutation { generateVid(input: ` + around(200, "{input: ", `"#"`, "}") + `) { vid { id } } }`,
		"a type in a type":               `query ($x: ` + around(400, "[", "Int", "]") + `) { viewer { id } }`,
		"fields of one name":             `{ ` + strings.Repeat("viewer { vids { nodes { id } } } ", 100) + `}`,
		"fields of one name, below":      `{ viewer { ` + strings.Repeat("vids { nodes { id } } ", 120) + `} }`,
		"a bomb of fragments":            `{ viewer { profile { lastLogin } } ...F0 } ` + bomb + "fragment F25 on Query { viewer { unreadCount } }",
		"many variables":                 `query (` + many(240, "$v%d: Int ") + `) { viewer { id } }`,
	}
	for _, n := range []int{21, 50, 200, 1000} {
		documents[fmt.Sprintf("%d deep", n)] = `{ __type(name: "Vid") { ` + around(n, "ofType { ", "name", "} ") + `} }`
		documents[fmt.Sprintf("%d deep in fragments", n)] = `{ ` + around(n, "... on Query { viewer { ... { profile { ", "nothing", "} } } } ") + `}`
	}
	for _, n := range []int{700, 1000, 4000, 10_000} {
		documents[fmt.Sprintf("%d fields", n)] = `{ viewer { profile { ` + strings.Repeat("lastLogin ", n) + `} } }`
	}
	for _, n := range []int{31, 200, 1000} {
		documents[fmt.Sprintf("%d aliases", n)] = `{ viewer { ` + many(n, "a%d: profile { lastLogin } ") + `} }`
		documents[fmt.Sprintf("%d aliases of the root", n)] = `{ ` + many(n, "a%d: viewer { unreadCount } ") + `}`
	}
	for _, n := range []int{51, 200, 1000} {
		documents[fmt.Sprintf("%d directives", n)] = `{ viewer { id` + strings.Repeat(" @include(if: true)", n) + ` } }`
		documents[fmt.Sprintf("%d directives, spread", n)] = `{ viewer { ` + strings.Repeat("id @skip(if: false) ", n) + `} }`
	}
	for _, size := range []int{20 << 10, 100 << 10, 10 << 20} {
		documents[fmt.Sprintf("%d KiB", size>>10)] = `{ viewer { profile { lastLogin } } } # ` + strings.Repeat("# ", size/2)
		documents[fmt.Sprintf("a text of %d KiB", size>>10)] = `{ viewer { vids(after: "` + strings.Repeat("#", size) + `") { nodes { id } } } }`
	}
	return documents
}

// hostileBodies are requests that are hostile as JSON.
func hostileBodies(t testing.TB) map[string][]byte {
	const good = `{"query":"{ viewer { profile { lastLogin } } }"}`
	const lock = `mutation ($c: [AuthLockChange!]!) { setAuthLocks(input: {idempotencyKey: "hostile-body", changes: $c}) { errors { code } } }`
	changes := make([]any, 2000)
	for i := range changes {
		changes[i] = map[string]any{"type": "DEMO", "locked": true}
	}
	extra := map[string]any{}
	for i := range 3000 {
		extra[fmt.Sprintf("v%d", i)] = canary
	}
	return map[string][]byte{
		"a batch of 100":          []byte("[" + strings.Repeat(good+",", 99) + good + "]"),
		"a batch of 1":            []byte("[" + good + "]"),
		"an empty batch":          []byte("[]"),
		"a long list":             operation(t, lock, map[string]any{"c": changes}),
		"a list that is no list":  operation(t, lock, map[string]any{"c": canary}),
		"many variables":          operation(t, `{ viewer { profile { lastLogin } } }`, extra),
		"deep variables":          []byte(`{"query":"{ viewer { profile { lastLogin } } }","variables":{"x":` + around(5000, "[", "1", "]") + `}}`),
		"deep objects":            []byte(`{"query":"{ viewer { profile { lastLogin } } }","variables":` + around(3000, `{"x":`, "1", "}") + `}`),
		"a name twice":            []byte(`{"query":"{ session { state } }","query":"{ viewer { profile { lastLogin } } }"}`),
		"a number as query":       []byte(`{"query":12}`),
		"a list as variables":     []byte(`{"query":"{ viewer { id } }","variables":["` + canary + `"]}`),
		"a page as a variable":    operation(t, `query ($n: Int!) { viewer { vids(first: $n) { nodes { id } } } }`, map[string]any{"n": 1 << 40}),
		"a fraction as a page":    []byte(`{"query":"query ($n: Int!) { viewer { vids(first: $n) { nodes { id } } } }","variables":{"n":1.5}}`),
		"an operation of no name": []byte(`{"query":"{ viewer { id } }","operationName":"` + canary + `"}`),
	}
}

// TestHostileDocumentsAreRefusedUnasked sends each as a resident, who could do most with it.
func TestHostileDocumentsAreRefusedUnasked(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	c := s.SignIn(t, someone(t, s).UIN)
	c.Settled()
	bodies := hostileBodies(t)
	for name, document := range hostileDocuments() {
		bodies[name] = operation(t, strings.ReplaceAll(document, "#", canary), nil)
	}
	p := processOf(t, s)
	memory := p.memory()
	var dearest string
	var most, sum time.Duration
	for name, body := range bodies {
		s.ResetCalls(t)
		before, n := p.cpu(), count(10, 200)
		for range n {
			wantRefused(t, name, post(t, s, c, body), "INVALID", "TOO_COSTLY")
			if t.Failed() {
				break
			}
		}
		used := (p.cpu() - before) / time.Duration(n)
		sum += used
		if used > most {
			dearest, most = name, used
		}
		wantUnasked(t, s, name)
	}
	wantUnlogged(t, s)
	t.Logf("%d attacks; refusing one takes %s of CPU on average; the dearest is %s with %s; memory went from %d to %d MiB",
		len(bodies), sum/time.Duration(len(bodies)), dearest, most, memory, p.memory())
	if state := harness.At(c.Must(`{ session { state } }`, nil), "session", "state"); state != "ACTIVE" {
		t.Errorf("after the attacks the session is %v", state)
	}
}

// TestAFloodOfHostileDocumentsIsCounted has a visitor send nothing else: the limit of their address must come, with a
// time to wait, and a resident must not feel it.
func TestAFloodOfHostileDocumentsIsCounted(t *testing.T) {
	t.Parallel()
	s := harness.Start(t)
	visitor, resident := s.Visitor(t), s.SignIn(t, someone(t, s).UIN)
	body := operation(t, hostileDocuments()["a bomb of fragments"], nil)
	for i := range 3_000 {
		r := post(t, s, visitor, body)
		if codes := r.codes(); len(codes) == 1 && codes[0] == "RATE_LIMITED" {
			if r.header.Get("Retry-After") == "" || r.status != 429 && r.status != 200 {
				t.Errorf("limited after %d with status %d and no time to wait", i, r.status)
			}
			resident.Must(`{ viewer { unreadCount } }`, nil)
			t.Logf("limited after %d", i)
			return
		}
	}
	t.Error("3,000 hostile documents from one address, and no limit came")
}

// TestHostileDocumentsOverASocketAreRefused sends them all as operations of sockets.
func TestHostileDocumentsOverASocketAreRefused(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	c := s.SignIn(t, someone(t, s).UIN)
	c.Settled()
	s.ResetCalls(t)
	for name, document := range hostileDocuments() {
		document = strings.ReplaceAll(document, "#", canary)
		came, err := converse(t.Context(), s, c, []any{map[string]any{"type": "connection_init"}, map[string]any{"type": "subscribe", "id": "1",
			"payload": map[string]any{"query": document}}}, 2)
		raw, _ := json.Marshal(came)
		switch text := string(raw); {
		case err != nil && len(document) > 60<<10: // closed as too big
		case err != nil:
			t.Errorf("%s: %v after %s", name, err, text)
		case !strings.Contains(text, `"type":"error"`) || !strings.Contains(text, `"INVALID"`) && !strings.Contains(text, `"TOO_COSTLY"`):
			t.Errorf("%s is not refused: %.300s", name, text)
		case strings.Contains(text, canary):
			t.Errorf("%s is echoed: %.300s", name, text)
		}
	}
	wantUnasked(t, s, "operations over sockets")
	wantUnlogged(t, s)
}
