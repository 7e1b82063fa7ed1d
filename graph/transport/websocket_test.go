package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestCloseCodes(t *testing.T) {
	const started = `{"id":"1","type":"subscribe","payload":{"query":"subscription { silent }"}}`
	transport := WebSocket{
		MaxMessage: 1024, MaxDepth: 8,
		Init: func(ctx context.Context, payload map[string]any) (context.Context, error) {
			switch payload["token"] {
			case "bad":
				return nil, errors.New(canary)
			case "old":
				return nil, &CloseError{Code: 4401, Reason: strings.Repeat("x", 200)}
			case "slow":
				<-ctx.Done()
				return nil, ctx.Err()
			case "short":
				ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
				t.Cleanup(cancel)
				return ctx, nil
			}
			return ctx, nil
		},
	}
	hasty := transport
	hasty.InitTimeout = 300 * time.Millisecond
	patient, impatient := start(t, transport), start(t, hasty)
	for name, tt := range map[string]struct {
		dial []string
		// before acknowledgement when begins with init
		messages []string
		binary   bool
		code     websocket.StatusCode
		reason   string
	}{
		"not json":                  {messages: []string{"hello " + canary}, code: 4400},
		"empty":                     {messages: []string{""}, code: 4400},
		"array":                     {messages: []string{"[]"}, code: 4400},
		"no type":                   {messages: []string{`{}`}, code: 4400},
		"type is a number":          {messages: []string{`{"type":1}`}, code: 4400},
		"unknown type":              {messages: []string{`{"type":"` + canary + `"}`}, code: 4400},
		"legacy start":              {messages: []string{"init", `{"type":"start","id":"1","payload":{"query":"{ name }"}}`}, code: 4400},
		"a server's message":        {messages: []string{"init", `{"type":"next","id":"1","payload":{}}`}, code: 4400},
		"init payload is a string":  {messages: []string{`{"type":"connection_init","payload":"` + canary + `"}`}, code: 4400},
		"ping payload is an array":  {messages: []string{`{"type":"ping","payload":[]}`}, code: 4400},
		"subscribe without id":      {messages: []string{"init", `{"type":"subscribe","payload":{"query":"{ name }"}}`}, code: 4400},
		"subscribe with empty id":   {messages: []string{"init", `{"id":"","type":"subscribe","payload":{"query":"{ name }"}}`}, code: 4400},
		"subscribe with long id":    {messages: []string{"init", `{"id":"` + strings.Repeat("x", 257) + `","type":"subscribe","payload":{"query":"{ name }"}}`}, code: 4400},
		"subscribe without payload": {messages: []string{"init", `{"id":"1","type":"subscribe"}`}, code: 4400},
		"subscribe without query":   {messages: []string{"init", `{"id":"1","type":"subscribe","payload":{"variables":{}}}`}, code: 4400},
		"variables is an array":     {messages: []string{"init", `{"id":"1","type":"subscribe","payload":{"query":"{ name }","variables":["` + canary + `"]}}`}, code: 4400},
		"complete without id":       {messages: []string{"init", `{"type":"complete"}`}, code: 4400},
		"name twice":                {messages: []string{`{"type":"ping","type":"connection_init"}`}, code: 4400},
		"too deep":                  {messages: []string{`{"type":"ping","payload":{"a":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `}}`}, code: 4400},
		"not utf-8":                 {messages: []string{"{\"type\":\"ping\",\"payload\":{\"a\":\"\xff\"}}"}, code: 4400},
		"binary":                    {messages: []string{`{"type":"connection_init"}`}, binary: true, code: 4400},
		"too long":                  {messages: []string{`{"type":"ping","payload":{"a":"` + strings.Repeat("x", 100_000) + `"}}`}, code: 1009},
		"subscribe before init":     {messages: []string{started}, code: 4401},
		"refused with a code":       {messages: []string{`{"type":"connection_init","payload":{"token":"old"}}`}, code: 4401},
		"refused":                   {messages: []string{`{"type":"connection_init","payload":{"token":"bad"}}`}, code: 4403, reason: "Forbidden"},
		"session has a deadline":    {messages: []string{`{"type":"connection_init","payload":{"token":"short"}}`}, code: 4401, reason: "Unauthorized"},
		"no init":                   {code: 4408, reason: "Connection initialisation timeout"},
		"only pings":                {messages: []string{`{"type":"ping"}`}, code: 4408},
		"slow decision":             {messages: []string{`{"type":"connection_init","payload":{"token":"slow"}}`}, code: 4408},
		"id in use":                 {messages: []string{"init", started, started}, code: 4409, reason: "Subscriber for 1 already exists"},
		"long id in use": {messages: []string{"init", strings.Replace(started, `"1"`, `"`+strings.Repeat("x", 256)+`"`, 1),
			strings.Replace(started, `"1"`, `"`+strings.Repeat("x", 256)+`"`, 1)}, code: 4409},
		"second init":            {messages: []string{"init", "init"}, code: 4429, reason: "Too many initialisation requests"},
		"legacy protocol":        {dial: []string{"graphql-ws"}, code: 4406, reason: "Subprotocol not acceptable"},
		"no protocol":            {dial: []string{}, code: 4406},
		"both, legacy is passed": {dial: []string{"graphql-ws", subprotocol}, messages: []string{"init", "init"}, code: 4429},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := patient
			if tt.code == 4408 {
				w = impatient
			}
			p := w.dial(t, tt.dial...)
			kind := websocket.MessageText
			if tt.binary {
				kind = websocket.MessageBinary
			}
			for _, m := range tt.messages {
				if m == "init" {
					m = `{"type":"connection_init","payload":{"token":"good"}}`
				}
				// The server may have closed already.
				_ = p.Write(t.Context(), kind, []byte(m))
			}
			if reason := p.expectClose(tt.code); !strings.Contains(reason, tt.reason) {
				t.Errorf("closed with %s", reason)
			}
		})
	}
}

func TestHandshakeRefused(t *testing.T) {
	sockets := &Sockets{}
	limits := &Limits{}
	w := start(t, WebSocket{Registry: sockets, Limits: limits})
	dial := func(origin string) *http.Response {
		t.Helper()
		conn, resp, err := websocket.Dial(t.Context(), w.URL, &websocket.DialOptions{
			HTTPClient: w.Client(), Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{"Origin": {origin}},
		})
		if err == nil {
			_ = conn.CloseNow()
		}
		return resp
	}
	for origin, want := range map[string]int{
		w.URL: 101, "https://elsewhere.example": 403, "null": 403, "": 403, "https://" + strings.TrimPrefix(w.URL, "http://") + ".evil": 403,
	} {
		if resp := dial(origin); resp.StatusCode != want {
			t.Errorf("origin %q: %d", origin, resp.StatusCode)
		}
	}
	eventually(t, func() bool { return sockets.Count() == 0 })
	limits.PerProcess = 1
	p := w.connect(t)
	if resp := dial(w.URL); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("full: %d", resp.StatusCode)
	}
	_ = p.Close(1000, "")
	eventually(t, func() bool { return sockets.Count() == 0 })
	if resp := dial(w.URL); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("room again: %d", resp.StatusCode)
	}
	sockets.Drain(t.Context(), 0)
	if resp := dial(w.URL); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("draining: %d", resp.StatusCode)
	}
}

func TestSocketsOfOneOwner(t *testing.T) {
	type key struct{}
	limits := &Limits{PerOwner: 2, Owner: func(ctx context.Context) string { return ctx.Value(key{}).(string) }}
	w := start(t, WebSocket{Limits: limits, Init: func(ctx context.Context, payload map[string]any) (context.Context, error) {
		return context.WithValue(ctx, key{}, payload["who"]), nil
	}})
	open := func(who string) *peer {
		p := w.dial(t)
		p.send(`{"type":"connection_init","payload":{"who":"` + who + `"}}`)
		return p
	}
	first := open("ada")
	first.expect(ackMessage)
	open("ada").expect(ackMessage)
	open("ada").expectClose(4429)
	open("grace").expect(ackMessage)
	for range 3 {
		open("").expect(ackMessage) // nobody in particular
	}
	_ = first.Close(1000, "")
	eventually(t, func() bool { limits.mu.Lock(); defer limits.mu.Unlock(); return limits.owned["ada"] == 1 })
	open("ada").expect(ackMessage)
}

func TestEndOfSession(t *testing.T) {
	ended := make(chan struct{})
	w := start(t, WebSocket{Ended: func(context.Context) <-chan struct{} { return ended }})
	idle, working := w.connect(t), w.connect(t)
	working.subscribe("1", "subscription { endless }")
	w.busy(t, 1)
	close(ended)
	idle.expectClose(4401)
	working.expectClose(4401)
	w.idle(t)
}

func TestPing(t *testing.T) {
	t.Parallel()
	w := start(t, WebSocket{Ping: 3 * time.Second}) // in which the machine may stand still for a while
	alive, silent := w.connect(t), w.connect(t)
	for range 3 {
		alive.expect(pingMessage)
		alive.send(`{"type":"pong","payload":{"n":1}}`)
	}
	silent.expectClose(4408)
	alive.send(`{"type":"ping","payload":{"n":1}}`)
	alive.expect(pongMessage)
}

func TestDrain(t *testing.T) {
	t.Parallel()
	sockets := &Sockets{}
	w := start(t, WebSocket{Registry: sockets})
	var peers []*peer
	for range 20 {
		peers = append(peers, w.connect(t))
	}
	peers[0].subscribe("1", "subscription { silent }")
	w.busy(t, 1)
	if sockets.Count() != 20 {
		t.Errorf("%d sockets", sockets.Count())
	}
	gone := make(chan time.Time, len(peers))
	for _, p := range peers {
		go func() { p.expectClose(1001); gone <- time.Now() }()
	}
	begin := time.Now()
	sockets.Drain(t.Context(), 10*time.Second)
	if sockets.Count() != 0 {
		t.Errorf("%d sockets after the drain", sockets.Count())
	}
	early := 0
	for range peers {
		if (<-gone).Before(begin.Add(5 * time.Second)) {
			early++
		}
	}
	if early < 5 || early > 15 {
		t.Errorf("%d of 20 went in the first half of the time", early)
	}
	w.idle(t)
	sockets.Drain(t.Context(), 0) // again does no harm
}

func TestDrainInNoTime(t *testing.T) {
	sockets := &Sockets{}
	w := start(t, WebSocket{Registry: sockets})
	p := w.connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sockets.Drain(ctx, time.Hour)
	p.expectClose(1001)
}
