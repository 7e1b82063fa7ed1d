package idor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/resident-graph/resident-graph/test/harness"
)

// patience is how long a subscription may stay silent before it counts as running.
const patience = 5 * time.Second

// events subscribes over server-sent events and answers all that came until the stream ended, or "still open".
func (p *person) events(document string, variables map[string]any) any {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := p.HTTP.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	defer time.AfterFunc(patience, cancel).Stop()
	raw, err := io.ReadAll(resp.Body)
	frames := []any{resp.StatusCode}
	for line := range strings.Lines(string(raw)) {
		var frame any
		if data, ok := strings.CutPrefix(line, "data: "); ok && json.Unmarshal([]byte(data), &frame) == nil {
			frames = append(frames, frame)
		}
	}
	if err != nil {
		frames = append(frames, "still open")
	}
	return frames
}

// messages subscribes over graphql-transport-ws and answers all messages until the operation ended, or "still open".
func (p *person) messages(document string, variables map[string]any) any {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	address := "ws" + strings.TrimPrefix(p.server.URL, "http") + "/graphql"
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: &http.Client{Jar: p.HTTP.Jar, Transport: p.HTTP.Transport},
		Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.CloseNow()
	for _, m := range []any{map[string]any{"type": "connection_init"},
		map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": document, "variables": variables}}} {
		if err := wsjson.Write(ctx, conn, m); err != nil {
			p.t.Fatal(err)
		}
	}
	var came []any
	for {
		var m map[string]any
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return append(came, "still open")
		}
		came = append(came, m)
		if m["type"] == "connection_ack" {
			defer time.AfterFunc(patience, cancel).Stop()
		}
		if m["type"] == "complete" || m["type"] == "error" {
			return came
		}
	}
}

// TestNoFrameOfAnotherResidentArrives has one resident listen in every way while another one's events move.
func TestNoFrameOfAnotherResidentArrives(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, unlimited...)
	s.Settings(t, map[string]any{"ackDelayMs": 1})
	two := residents(t, s, 2)
	a, b := settle(t, s, two[0]), settle(t, s, two[1])
	const document = `subscription ($eventId: EventID, $after: Cursor) { eventChanged(eventId: $eventId, after: $after) { cursor event { eventId } } }`
	listening := map[string]*harness.Stream{}
	for name, variables := range map[string]map[string]any{
		"everything of their own": {}, "from their last change": {"after": a.Settled()}, "one event of their own": {"eventId": a.one("Event.eventId")},
	} {
		listening[name+", WebSocket"] = a.WebSocket(document, variables)
		listening[name+", SSE"] = a.Events(document, variables)
	}
	own := b.Events(document, map[string]any{"after": b.Settled()})
	for i := range 5 {
		b.Must(`mutation ($key: String!, $locked: Boolean!) { setAuthLocks(input: {idempotencyKey: $key,
		  changes: [{type: BIO_IRIS, locked: $locked}]}) { errors { code } } }`, map[string]any{"key": fmt.Sprintf("foreign-frame-%d", i), "locked": i%2 == 0})
		own.Next()
		own.Next()
	}
	for name, stream := range listening {
		t.Run(name, func(*testing.T) { stream.Quiet(100 * time.Millisecond) })
	}
	a.Must(`mutation { setAuthLocks(input: {idempotencyKey: "their-own-frame", changes: [{type: BIO_IRIS, locked: true}]}) { errors { code } } }`, nil)
	for name, stream := range listening {
		if strings.HasPrefix(name, "one event") {
			continue
		}
		if f := stream.Next(); harness.At(f.Data, "eventChanged", "event", "eventId") == nil {
			t.Errorf("%s: the resident's own change is not what comes: %v", name, f)
		}
	}
}
