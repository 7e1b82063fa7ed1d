package attack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/resident-graph/resident-graph/test/harness"
)

// seeds are the bodies that are broken.
var seeds = []string{
	`{"query":"{ session { state } }"}`,
	`{"query":"query Q($n: Int!) { viewer { vids(first: $n) { nodes { id } } } }","variables":{"n":5},"operationName":"Q","extensions":{"a":[1,null,true]}}`,
	`{"query":"mutation M($i: GenerateVidInput!) { generateVid(input: $i) { vid { id } errors { code } } }","variables":{"i":{"type":"FOREVER","idempotencyKey":"x"}}}`,
	`{"query":"query { node(id: \"Vid_x\") { ... on Vid @include(if: true) { id } ...F } } fragment F on Node { id }"}`,
	`{"query":"{ viewer { serviceHistory(after: \"\"\"block \\u00e9\"\"\") { nodes { id } } } }"}`,
	`{"documentId":"sha256:0000","variables":{},"query":null}`,
}

// messageSeeds are the messages of a socket that are broken.
var messageSeeds = []string{
	`{"type":"connection_init","payload":{"a":1}}`, `{"type":"ping"}`, `{"type":"pong","payload":null}`, `{"type":"complete","id":"1"}`,
	`{"type":"subscribe","id":"1","payload":{"query":"{ session { state } }","variables":{"a":[1]}}}`,
	`{"type":"subscribe","id":"2","payload":{"query":"subscription S($a: Cursor) { eventChanged(after: $a) { cursor } }","operationName":"S"}}`,
}

// bits are what breaking puts in.
var bits = []string{`"`, `{`, `}`, `[`, `]`, `,`, `:`, `\`, `\u0000`, `\ud800`, "\x00", "\xff\xfe", "\xef\xbb\xbf", `null`, `true`, `1e999`, `-0`, `$`, `@`, `...`, `"""`,
	`__proto__`, `NaN`, `//`, `/*`, "\u202e", "\r\n", `{{`, strings.Repeat("[", 40), strings.Repeat(`{"a":`, 40), strings.Repeat("9", 400)}

// broken answers a seed after one to four random edits.
func broken(r *rand.Rand, from []string) []byte {
	text := []byte(from[r.IntN(len(from))])
	for range 1 + r.IntN(4) {
		if len(text) == 0 {
			break
		}
		at := r.IntN(len(text))
		switch r.IntN(6) {
		case 0:
			text = text[:at]
		case 1:
			text[at] ^= 1 << r.IntN(8)
		case 2:
			text = slices.Insert(text, at, []byte(bits[r.IntN(len(bits))])...)
		case 3:
			text = slices.Delete(text, at, min(len(text), at+1+r.IntN(8)))
		case 4:
			text = append(slices.Clone(text[:at]), from[r.IntN(len(from))]...)
		case 5:
			end := min(len(text), at+r.IntN(20))
			text = slices.Insert(text, at, slices.Clone(text[at:end])...)
		}
	}
	return text
}

// knownCodes answers the codes that the contract lists.
func knownCodes(t testing.TB) []string {
	t.Helper()
	var codes []string
	for _, v := range contract(t).Types["ErrorCode"].EnumValues {
		codes = append(codes, v.Name)
	}
	return codes
}

// TestBrokenBodiesAreAnsweredWithACode sends thousands, as a resident, over several connections.
func TestBrokenBodiesAreAnsweredWithACode(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	c := s.SignIn(t, someone(t, s).UIN)
	codes, n := knownCodes(t), count(10_000, 100_000)
	p := processOf(t, s)
	memory, slowest := 0, time.Duration(0)
	var mu sync.Mutex
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(worker))) // the same bodies each time
			for i := range n / 8 {
				if worker == 0 && i == n/80 { // when all is warm
					memory = p.memory()
				}
				body, begun := broken(r, seeds), time.Now()
				came, err := send(context.Background(), c.HTTP, http.MethodPost, s.URL+"/graphql", http.Header{"Content-Type": {"application/json"}}, body)
				mu.Lock()
				slowest = max(slowest, time.Since(begun))
				mu.Unlock()
				if fault := wrongAnswer(came, err, codes); fault != nil {
					t.Errorf("%q: %v", body, fault)
					return
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d bodies; the slowest answer took %s; memory went from %d to %d MiB", n, slowest, memory, p.memory())
	alive(t, c)
}

// wrongAnswer says what is wrong with an answer to a broken request: none, a 5xx or an error without a code of the list.
func wrongAnswer(r reply, err error, codes []string) error {
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil {
		return fmt.Errorf("status %d and no JSON: %.200s", r.status, r.body)
	}
	if len(answer.Errors) == 0 && answer.Data == nil {
		return fmt.Errorf("neither data nor errors: %.200s", r.body)
	}
	for _, e := range answer.Errors {
		if !slices.Contains(codes, e.Extensions.Code) || e.Extensions.Code == "INTERNAL" {
			return fmt.Errorf("the code is %q with status %d: %.300s", e.Extensions.Code, r.status, r.body)
		}
	}
	if r.status >= 500 {
		return fmt.Errorf("status %d: %.200s", r.status, r.body)
	}
	return nil
}

// closeCodes are those with which a socket may end, by graphql-transport-ws and RFC 6455.
var closeCodes = []websocket.StatusCode{4400, 4401, 4403, 4408, 4409, 4429, 1000, 1007, 1009}

// TestBrokenMessagesCloseTheirSocketOnly sends thousands, each until its socket is closed.
func TestBrokenMessagesCloseTheirSocketOnly(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, "RATE_RESIDENT=0", "RATE_SOURCE=0")
	c := s.SignIn(t, someone(t, s).UIN)
	n := count(10_000, 100_000)
	p := processOf(t, s)
	memory, sockets := p.memory(), 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for worker := range 6 { // a resident may have ten
		all.Go(func() {
			r := rand.New(rand.NewPCG(2, uint64(worker)))
			for left := n / 6; left > 0; {
				sent, err := untilClosed(t.Context(), s, c, r, left)
				left -= max(1, sent)
				mu.Lock()
				sockets++
				mu.Unlock()
				if err != nil {
					t.Errorf("after %d messages: %v", sent, err)
					return
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d messages over %d sockets; memory went from %d to %d MiB", n, sockets, memory, p.memory())
	alive(t, c)
}

// untilClosed sends broken messages over one socket until the server closes it, or there are no more; it answers how many.
// After each it waits for the answer to a ping, so that each has been read.
func untilClosed(ctx context.Context, s *harness.Server, c *harness.Client, r *rand.Rand, most int) (sent int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.URL, "http")+"/graphql", &websocket.DialOptions{
		HTTPClient: &http.Client{Jar: c.HTTP.Jar, Transport: c.HTTP.Transport}, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return 0, err
	}
	defer conn.CloseNow()
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
		return 0, err
	}
	for sent < most {
		kind := websocket.MessageText
		if r.IntN(20) == 0 {
			kind = websocket.MessageBinary
		}
		sent++
		// What cannot be written meets a socket that is being closed: reading says why.
		_ = conn.Write(ctx, kind, broken(r, messageSeeds))
		_ = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"ping"}`))
		for pong := false; !pong; {
			_, text, err := conn.Read(ctx)
			if err != nil {
				return sent, unlessOrderly(err)
			}
			if bytes.Contains(text, []byte(`"INTERNAL"`)) {
				return sent, fmt.Errorf("INTERNAL: %.300s", text)
			}
			pong = string(text) == `{"type":"pong"}`
		}
	}
	return sent, nil
}

// unlessOrderly answers how a socket ended unless it was closed with one of the codes.
func unlessOrderly(err error) error {
	if closed, ok := errors.AsType[websocket.CloseError](err); ok && slices.Contains(closeCodes, closed.Code) {
		return nil
	}
	return err
}

// alive fails unless the server goes on as before.
func alive(t testing.TB, c *harness.Client) {
	t.Helper()
	if state := harness.At(c.Must(`{ session { state } viewer { unreadCount } }`, nil), "session", "state"); state != "ACTIVE" {
		t.Errorf("afterwards the session is %v", state)
	}
}
