package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// Frame is one answer of a subscription: what is under `payload`.
type Frame struct {
	Data   map[string]any   `json:"data"`
	Errors []map[string]any `json:"errors"`
}

// Stream is a running subscription.
type Stream struct {
	t      testing.TB
	frames chan Frame
	ended  chan struct{}
	kill   func()
	// Code is the close code of a socket that has ended; 0 for none.
	Code int
}

// Ended waits until the server has ended the connection, and answers the close code.
func (s *Stream) Ended() int {
	s.t.Helper()
	for {
		select {
		case <-s.frames:
		case <-s.ended:
			return s.Code
		case <-time.After(patience):
			s.t.Fatalf("the connection stands after %s", patience)
		}
	}
}

// Next answers the next frame.
func (s *Stream) Next() Frame {
	s.t.Helper()
	select {
	case f, ok := <-s.frames:
		if !ok {
			s.t.Fatal("the subscription ended")
		}
		return f
	case <-time.After(patience):
		s.t.Fatalf("no frame in %s", patience)
	}
	return Frame{}
}

// Quiet fails when a frame comes within a time.
func (s *Stream) Quiet(during time.Duration) {
	s.t.Helper()
	select {
	case f, ok := <-s.frames:
		if ok {
			s.t.Fatalf("a frame that should not be: %v", f)
		}
	case <-time.After(during):
	}
}

// Kill breaks the connection as a lost network does.
func (s *Stream) Kill() {
	s.kill()
	<-s.ended
}

// WebSocket subscribes over graphql-transport-ws.
func (c *Client) WebSocket(query string, variables map[string]any) *Stream {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	address := "ws" + strings.TrimPrefix(c.server.URL, "http") + "/graphql"
	conn, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: &http.Client{Jar: c.HTTP.Jar, Transport: c.HTTP.Transport},
		Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		cancel()
		c.t.Fatal(err)
	}
	send := func(v any) {
		if err := wsjson.Write(ctx, conn, v); err != nil {
			c.t.Fatal(err)
		}
	}
	send(map[string]any{"type": "connection_init"})
	var ack struct{ Type string }
	if err := wsjson.Read(ctx, conn, &ack); err != nil || ack.Type != "connection_ack" {
		c.t.Fatalf("no connection_ack: %v %v", ack, err)
	}
	send(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": query, "variables": variables}})
	s := c.newStream(func() { _ = conn.CloseNow(); cancel() })
	go func() {
		defer close(s.ended)
		defer close(s.frames)
		for {
			var m struct {
				Type    string
				Payload json.RawMessage
			}
			if err := wsjson.Read(ctx, conn, &m); err != nil {
				s.Code = int(websocket.CloseStatus(err))
				return
			}
			switch m.Type {
			case "next":
				var f Frame
				_ = json.Unmarshal(m.Payload, &f)
				s.frames <- f
			case "error":
				var f Frame
				_ = json.Unmarshal(m.Payload, &f.Errors)
				s.frames <- f
				return
			case "complete":
				return
			case "ping":
				_ = wsjson.Write(ctx, conn, map[string]any{"type": "pong"})
			}
		}
	}()
	return s
}

// Events subscribes over server-sent events.
func (c *Client) Events(query string, variables map[string]any) *Stream {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.server.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		cancel()
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := (&http.Client{Jar: c.HTTP.Jar, Transport: c.HTTP.Transport}).Do(req)
	if err != nil {
		cancel()
		c.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		c.t.Fatalf("no event stream: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	s := c.newStream(cancel)
	go func() {
		defer close(s.ended)
		defer close(s.frames)
		defer resp.Body.Close()
		lines, event := bufio.NewScanner(resp.Body), ""
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				event = strings.TrimPrefix(line, "event: ")
			case strings.HasPrefix(line, "data: ") && event == "next":
				var f Frame
				_ = json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &f)
				s.frames <- f
			}
			if event == "complete" {
				return
			}
		}
	}()
	return s
}

func (c *Client) newStream(kill func()) *Stream {
	s := &Stream{t: c.t, frames: make(chan Frame, 1000), ended: make(chan struct{}), kill: kill}
	c.t.Cleanup(kill)
	return s
}
