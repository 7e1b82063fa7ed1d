package soak

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/resident-graph/resident-graph/graph/documents"
)

// frame is one change as a subscriber saw it.
type frame struct{ cursor, eventID, status, detail string }

// subscriber follows a resident's changes over a WebSocket or server-sent events, and goes on where it was after its
// connection broke.
type subscriber struct {
	client *http.Client
	url    string
	events bool // server-sent events

	mu     sync.Mutex
	last   string // the cursor to go on from
	frames []frame
	cut    context.CancelFunc
	kills  int
	faults []error
}

// run follows until ctx ends.
func (s *subscriber) run(ctx context.Context) {
	for ctx.Err() == nil {
		conn, cancel := context.WithCancel(ctx)
		s.mu.Lock()
		s.cut = cancel
		follow := s.socket
		if s.events {
			follow = s.stream
		}
		after := s.last
		s.mu.Unlock()
		err := follow(conn, after)
		if conn.Err() == nil { // neither the test's end nor a kill
			s.mu.Lock()
			s.faults = append(s.faults, err)
			s.mu.Unlock()
		}
		cancel()
	}
}

// kill breaks the connection as a lost network does.
func (s *subscriber) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut != nil {
		s.kills++
		s.cut()
	}
}

func (s *subscriber) operation(after string) map[string]any {
	return map[string]any{"documentId": documents.ID(changes), "variables": map[string]any{"after": after}}
}

// saw keeps the frame of an answer.
func (s *subscriber) saw(payload []byte) error {
	var answer struct {
		Data struct {
			EventChanged *struct {
				Cursor string
				Event  struct{ EventID, Status, StatusDetail string }
			}
		}
		Errors []json.RawMessage
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return err
	}
	if answer.Data.EventChanged == nil || len(answer.Errors) > 0 {
		return fmt.Errorf("no change but %s", payload)
	}
	c := answer.Data.EventChanged
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = c.Cursor
	s.frames = append(s.frames, frame{c.Cursor, c.Event.EventID, c.Event.Status, c.Event.StatusDetail})
	return nil
}

func (s *subscriber) socket(ctx context.Context, after string) error {
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.url, "http")+"/graphql",
		&websocket.DialOptions{HTTPClient: s.client, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	if err := wsjson.Write(ctx, conn, map[string]any{"type": "connection_init"}); err != nil {
		return err
	}
	for {
		var m struct {
			Type    string
			Payload json.RawMessage
		}
		if err = wsjson.Read(ctx, conn, &m); err != nil {
			return err
		}
		switch m.Type {
		case "connection_ack":
			err = wsjson.Write(ctx, conn, map[string]any{"type": "subscribe", "id": "1", "payload": s.operation(after)})
		case "ping":
			err = wsjson.Write(ctx, conn, map[string]any{"type": "pong"})
		case "next":
			err = s.saw(m.Payload)
		default:
			err = fmt.Errorf("%s: %s", m.Type, m.Payload)
		}
		if err != nil {
			return err
		}
	}
}

func (s *subscriber) stream(ctx context.Context, after string) error {
	body, err := json.Marshal(s.operation(after))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	lines, event := bufio.NewScanner(resp.Body), ""
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch field, text, _ := strings.Cut(lines.Text(), ": "); {
		case field == "event":
			event = text
		case field == "data" && event == "next":
			if err := s.saw([]byte(text)); err != nil {
				return err
			}
		}
	}
	return errors.Join(lines.Err(), errors.New("the stream ended"))
}
