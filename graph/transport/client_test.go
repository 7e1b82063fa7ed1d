package transport

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// A peer is a client with a raw socket.
type peer struct {
	*websocket.Conn
	t *testing.T
}

func (w *world) dial(t *testing.T, subprotocols ...string) *peer {
	t.Helper()
	if subprotocols == nil {
		subprotocols = []string{subprotocol}
	}
	conn, _, err := websocket.Dial(t.Context(), w.URL, &websocket.DialOptions{HTTPClient: w.Client(), Subprotocols: subprotocols})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &peer{Conn: conn, t: t}
}

// connect is a dial with an acknowledged connection.
func (w *world) connect(t *testing.T) *peer {
	t.Helper()
	p := w.dial(t)
	p.send(`{"type":"connection_init"}`)
	p.expect(`{"type":"connection_ack"}`)
	return p
}

func (p *peer) send(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if err := p.Write(p.t.Context(), websocket.MessageText, []byte(text)); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *peer) subscribe(id, document string) {
	p.t.Helper()
	text, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": document}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.send(string(text))
}

func (p *peer) receive() (string, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	_, text, err := p.Read(ctx)
	return string(text), err
}

// expect reads the next messages, which must be these.
func (p *peer) expect(texts ...string) {
	p.t.Helper()
	for _, want := range texts {
		if got, err := p.receive(); err != nil || got != want {
			p.t.Fatalf("%v %s, want %s", err, got, want)
		}
	}
}

// expectClose reads until the socket is closed, which must be with this code.
func (p *peer) expectClose(code websocket.StatusCode) string {
	p.t.Helper()
	for {
		if _, err := p.receive(); err != nil {
			if websocket.CloseStatus(err) != code {
				p.t.Fatalf("closed by %v, want %d", err, code)
			}
			if strings.Contains(err.Error(), canary) {
				p.t.Errorf("the message comes back: %v", err)
			}
			return err.Error()
		}
	}
}

// clientKeeping is an HTTP client whose connection ends in conn.
func clientKeeping(conn *net.Conn) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, address)
			*conn = c
			return c, err
		},
	}}
}
