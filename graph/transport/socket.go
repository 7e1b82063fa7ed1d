package transport

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
)

// A socket is one open WebSocket. The goroutine of its request reads, a second one watches the clock, the session and
// the process, and each operation has one of its own. An idle socket has two. There is no buffer for what goes out: who
// has something to say waits until it is written.
type socket struct {
	WebSocket
	conn   *websocket.Conn
	exec   graphql.GraphExecutor
	header http.Header
	going  <-chan struct{}

	// ctx ends what runs on the socket. What is being written is written to the end all the same, since the library
	// cuts the connection when a write is cancelled, and the close code would be lost.
	ctx    context.Context
	cancel context.CancelFunc
	heard  atomic.Bool
	all    sync.WaitGroup

	// Written by the reader before acked is closed, read after.
	acked  chan struct{}
	opsCtx context.Context
	ended  <-chan struct{}
	disown func()

	over    sync.Once
	mu      sync.Mutex
	running int
	active  map[string]*operation
}

func newSocket(t WebSocket, conn *websocket.Conn, r *http.Request, exec graphql.GraphExecutor, going <-chan struct{}) *socket {
	ctx, cancel := context.WithCancel(r.Context())
	s := &socket{
		WebSocket: t, conn: conn, exec: exec, header: r.Header, going: going, ctx: ctx, cancel: cancel,
		acked: make(chan struct{}), disown: nothing, active: map[string]*operation{},
	}
	s.heard.Store(true)
	return s
}

// serve returns when the socket is closed and everything that ran on it has ended, also when Init panics.
func (s *socket) serve() {
	fault := &CloseError{Code: 4500, Reason: "Internal error"}
	defer func() {
		if fault != nil {
			s.close(fault)
		}
		s.abort()
		s.all.Wait()
		s.disown()
	}()
	s.all.Go(s.watch)
	fault = s.read()
}

// read handles the client's messages until it has left (nil) or made a fault.
func (s *socket) read() *CloseError {
	for {
		kind, text, err := s.conn.Read(context.WithoutCancel(s.ctx))
		if err != nil {
			return unreadable(err)
		}
		s.heard.Store(true)
		if kind != websocket.MessageText {
			return badMessage("A message must be text.")
		}
		m, fault := decodeMessage(text, s.MaxDepth)
		if fault == nil {
			fault = s.handle(m)
		}
		if fault != nil {
			return fault
		}
	}
}

// unreadable is the fault behind a message that could not be read, nil when the client has left.
func unreadable(err error) *CloseError {
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return &CloseError{Code: 1009, Reason: "Message too big"}
	}
	return nil
}

func (s *socket) handle(m message) *CloseError {
	switch m.kind {
	case "connection_init":
		return s.init(m.payload)
	case "ping":
		s.send([]byte(pongMessage))
	case "subscribe":
		return s.subscribe(m)
	case "complete":
		s.complete(m.id)
	}
	return nil
}

func (s *socket) init(payload map[string]any) *CloseError {
	if isClosed(s.acked) {
		return &CloseError{Code: 4429, Reason: "Too many initialisation requests"}
	}
	s.opsCtx = s.ctx
	if s.Init != nil {
		ctx, err := s.Init(s.ctx, payload)
		if chosen := (*CloseError)(nil); errors.As(err, &chosen) {
			return chosen
		}
		if err != nil {
			return &CloseError{Code: 4403, Reason: "Forbidden"}
		}
		s.opsCtx = ctx
	}
	disown, ok := s.Limits.own(s.opsCtx)
	if !ok {
		return &CloseError{Code: 4429, Reason: "Too many connections"}
	}
	s.disown = disown
	if s.Ended != nil {
		s.ended = s.Ended(s.opsCtx)
	}
	s.send([]byte(ackMessage))
	close(s.acked)
	return nil
}

// watch closes the socket when one of its times is over.
func (s *socket) watch() {
	initTimer := time.NewTimer(s.InitTimeout)
	defer initTimer.Stop()
	ticker := time.NewTicker(s.Ping)
	defer ticker.Stop()
	acked := s.acked
	var ended, expired <-chan struct{}
	for {
		select {
		case <-s.ctx.Done():
			s.close(&CloseError{Code: 1001, Reason: "Going away"})
			return
		case <-s.going:
			s.close(&CloseError{Code: 1001, Reason: "Going away"})
			return
		case <-initTimer.C:
			if isClosed(s.acked) {
				continue
			}
			s.close(&CloseError{Code: 4408, Reason: "Connection initialisation timeout"})
			return
		case <-ended:
			s.close(&CloseError{Code: 4401, Reason: "Unauthorized"})
			return
		case <-expired:
			if s.ctx.Err() == nil {
				s.close(&CloseError{Code: 4401, Reason: "Unauthorized"})
			}
			expired = nil
		case <-acked:
			acked, ended, expired = nil, s.ended, s.opsCtx.Done()
			initTimer.Stop()
		case <-ticker.C:
			if !s.heard.Swap(false) {
				s.close(&CloseError{Code: 4408, Reason: "Request timeout"})
				return
			}
			s.send([]byte(pingMessage))
		}
	}
}

// send writes one message. A client that does not take it in time is cut off.
func (s *socket) send(text []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), s.WriteTimeout)
	defer cancel()
	if s.conn.Write(ctx, websocket.MessageText, text) != nil {
		s.abort()
	}
}

// close ends what runs, tells the client why and cuts the connection when it has answered, after 10 s at most. Only the
// first close or abort counts; the others wait for it.
func (s *socket) close(why *CloseError) {
	s.over.Do(func() {
		s.cancel()
		reason := why.Reason[:min(len(why.Reason), 123)]
		// The client may be gone, and then nobody is left to tell.
		_ = s.conn.Close(websocket.StatusCode(why.Code), reason)
	})
}

// abort ends what runs and cuts the connection.
func (s *socket) abort() {
	s.over.Do(func() {
		s.cancel()
		_ = s.conn.CloseNow()
	})
}
