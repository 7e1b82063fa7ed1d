package transport

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestOperations(t *testing.T) {
	w := start(t, WebSocket{})
	next := func(data string) string { return `{"type":"next","id":"a\"b","payload":{"data":` + data + `}}` }
	failed := func(errs string) string { return `{"type":"error","id":"a\"b","payload":[` + errs + `]}` }
	const complete = `{"type":"complete","id":"a\"b"}`
	for document, want := range map[string][]string{
		"{ name }":               {next(`{"name":"Ada"}`), complete},
		"mutation { name }":      {next(`{"name":"Ada"}`), complete},
		"subscription { three }": {next("{\"three\":\n1}"), next("{\"three\":\n2}"), next("{\"three\":\n3}"), complete},
		"{ nothing }":            {`{"type":"next","id":"a\"b","payload":{"errors":[{"message":"broken"}],"data":null}}`, complete},
		// `error` ends an operation: no `complete` follows.
		"subscription { refused }": {failed(`{"message":"refused"}`)},
		"{ panics }":               {failed(`{"message":"recovered"}`)},
		"subscription { breaks }":  {next("{\"breaks\":\n1}"), failed(`{"message":"recovered"}`)},
		"{":                        {failed(`{"message":"The document is not well-formed GraphQL.","locations":[{"line":1,"column":2}],"extensions":{"code":"INVALID"}}`)},
		`{ find(kind: UIN, first: "5193847260137") }`: {failed(`{"message":"A value in the document does not fit its type.","locations":[{"line":1,"column":27}],"extensions":{"code":"INVALID"}}`)},
	} {
		t.Run(document, func(t *testing.T) {
			p := w.connect(t)
			for range 3 { // the id is free again
				p.subscribe(`a"b`, document)
				p.expect(want...)
			}
			p.send(`{"type":"ping"}`)
			p.expect(pongMessage)
		})
	}
	w.idle(t)
}

func TestFaultOfThePresenter(t *testing.T) {
	w := start(t, WebSocket{})
	p := w.connect(t)
	p.subscribe("1", "{ presenterPanics }")
	p.expectClose(4500)
}

func TestClientCompletes(t *testing.T) {
	w := start(t, WebSocket{})
	p := w.connect(t)
	p.subscribe("1", "subscription { silent }")
	p.subscribe("2", "{ waits }")
	w.busy(t, 2)
	p.send(`{"id":"1","type":"complete"}`, `{"id":"2","type":"complete"}`, `{"id":"3","type":"complete"}`)
	w.idle(t)
	p.subscribe("1", "{ name }")
	p.expect(`{"type":"next","id":"1","payload":{"data":{"name":"Ada"}}}`, `{"type":"complete","id":"1"}`)
}

func TestClientLeaves(t *testing.T) {
	w := start(t, WebSocket{})
	polite, rude := w.connect(t), w.connect(t)
	polite.subscribe("1", "subscription { silent }")
	rude.subscribe("1", "subscription { silent }")
	w.busy(t, 2)
	_ = polite.Close(1000, "")
	w.busy(t, 1)
	_ = rude.CloseNow()
	w.idle(t)
}

func TestOrderUnderConcurrency(t *testing.T) {
	w := start(t, WebSocket{})
	p := w.connect(t)
	for i := range 10 {
		p.subscribe(fmt.Sprint(i), "subscription { three }")
	}
	seen := map[string]string{}
	for range 10 * 4 {
		text, err := p.receive()
		if err != nil {
			t.Fatal(err)
		}
		id, _, _ := strings.Cut(text[strings.Index(text, `"id":"`)+6:], `"`)
		seen[id] += text[strings.LastIndexAny(text, "\n\"")+1 : strings.LastIndexAny(text, "\n\"")+2]
	}
	for id, order := range seen {
		if order != "123}" {
			t.Errorf("%s: %s", id, order)
		}
	}
}

func TestTooManyOperations(t *testing.T) {
	w := start(t, WebSocket{MaxSubscriptions: 3})
	p := w.connect(t)
	for i := range 4 {
		p.subscribe(fmt.Sprint(i), "subscription { silent }")
	}
	if text, err := p.receive(); err != nil || !strings.HasPrefix(text, `{"type":"error","id":"3"`) || !strings.Contains(text, "RATE_LIMITED") {
		t.Errorf("%v %s", err, text)
	}
	w.busy(t, 3)
	p.send(`{"id":"0","type":"complete"}`)
	w.busy(t, 2)
	eventually(t, func() bool {
		p.subscribe("4", "{ name }")
		text, err := p.receive()
		if err == nil && strings.HasPrefix(text, `{"type":"next","id":"4"`) {
			p.expect(`{"type":"complete","id":"4"}`)
			return true
		}
		return false
	})
}

func TestFloodOfOperations(t *testing.T) {
	w := start(t, WebSocket{MaxSubscriptions: 5})
	flooded, other := w.connect(t), w.connect(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, _, err := flooded.Read(t.Context()); err != nil {
				return
			}
		}
	}()
	for i := range 2000 {
		flooded.subscribe(fmt.Sprint(i), "subscription { silent }")
	}
	if n := w.running.Load(); n > 5 {
		t.Errorf("%d operations run", n)
	}
	other.subscribe("1", "{ name }") // whoever else waits, this client does not
	other.expect(`{"type":"next","id":"1","payload":{"data":{"name":"Ada"}}}`)
	_ = flooded.CloseNow()
	<-done
	w.idle(t)
}

func TestNeverReadingSocket(t *testing.T) {
	w := start(t, WebSocket{WriteTimeout: 200 * time.Millisecond})
	slow, other := w.connect(t), w.connect(t)
	slow.subscribe("1", "subscription { endless }")
	eventually(t, func() bool { return w.sent.Load() > 10 })
	other.subscribe("1", "{ name }") // whoever else waits, this client does not
	other.expect(`{"type":"next","id":"1","payload":{"data":{"name":"Ada"}}}`)
	w.idle(t)
	if sent := w.sent.Load(); sent > 2000 {
		t.Errorf("%d events of 8 KiB were taken for a client that reads none", sent)
	}
}

// A client that stops in the middle of a message has not been heard.
func TestHalfAMessage(t *testing.T) {
	w := start(t, WebSocket{Ping: 50 * time.Millisecond})
	var raw net.Conn
	conn, _, err := websocket.Dial(t.Context(), w.URL, &websocket.DialOptions{Subprotocols: []string{subprotocol}, HTTPClient: clientKeeping(&raw)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	// A masked text frame of 100 bytes of which two arrive.
	if _, err := raw.Write([]byte{0x81, 0x80 | 100, 0, 0, 0, 0, '{', '"'}); err != nil {
		t.Fatal(err)
	}
	p := &peer{Conn: conn, t: t}
	p.expect(pingMessage)
	p.expectClose(4408)
}

func TestInitPanics(t *testing.T) {
	sockets := &Sockets{}
	w := start(t, WebSocket{Registry: sockets, Init: func(context.Context, map[string]any) (context.Context, error) { panic("init") }})
	p := w.dial(t)
	p.send(`{"type":"connection_init"}`)
	p.expectClose(4500)
	eventually(t, func() bool { return sockets.Count() == 0 })
}
