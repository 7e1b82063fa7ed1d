package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	heartbeat     = ":\n\n"
	completeEvent = "event: complete\ndata: \n\n"
)

// A stream writes one event stream. Only the request's own goroutine writes; the operation runs in another, which has
// ended before serve returns. There is no buffer between them: a client that reads slowly slows its own operation.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	exec    graphql.GraphExecutor
	timeout time.Duration
}

func newStream(w http.ResponseWriter, exec graphql.GraphExecutor, timeout time.Duration) *stream {
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-store, no-transform")
	// nginx would collect the events otherwise.
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return &stream{
		w: w, control: http.NewResponseController(w), exec: exec, timeout: orDefault(timeout, writeTimeout),
	}
}

// serve streams the operation until it, the session, the process's time or the client's interest ends.
func (s *stream) serve(ctx context.Context, op *graphql.OperationContext, beat time.Duration, ended, going <-chan struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	events := s.produce(ctx, op)
	defer func() {
		cancel()
		for range events {
			// Until the operation has ended.
		}
	}()
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	// The first bytes tell the client that the stream is open.
	err := s.write([]byte(heartbeat))
	for err == nil {
		select {
		case <-ended:
			s.last(s.exec.DispatchError(ctx, gqlerror.List{coded(codeUnauthenticated, "The session has ended. Sign in again.")}))
			return
		case <-going:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
			err = s.write([]byte(heartbeat))
		case event, more := <-events:
			switch {
			case !more:
				_ = s.write([]byte(completeEvent))
				return
			case isClosed(ended):
				// The next turn says goodbye: nothing is told to a session that has ended.
			default:
				err = s.write(event)
				ticker.Reset(beat)
			}
		}
	}
}

// produce runs the operation; the channel is closed when it has ended.
func (s *stream) produce(ctx context.Context, op *graphql.OperationContext) <-chan []byte {
	events := make(chan []byte)
	go func() {
		defer close(events)
		// Why it ended needs no telling: the client sees `complete`, or has left.
		_ = guarded(ctx, s.exec, func() error {
			return execute(ctx, s.exec, op, func(resp *graphql.Response) error {
				select {
				case events <- nextEvent(resp):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
		})
	}()
	return events
}

// last ends the stream with a response.
func (s *stream) last(resp *graphql.Response) {
	_ = s.write(append(nextEvent(resp), completeEvent...))
}

func (s *stream) write(event []byte) error {
	// A writer that knows no deadlines (a test's) writes without one.
	_ = s.control.SetWriteDeadline(time.Now().Add(s.timeout))
	if _, err := s.w.Write(event); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	if err := s.control.Flush(); err != nil {
		return fmt.Errorf("flush an event: %w", err)
	}
	return nil
}

func nextEvent(resp *graphql.Response) []byte {
	body, _ := responseJSON(resp)
	var event bytes.Buffer
	event.WriteString("event: next\ndata: ")
	// A line break would end the data of the event; in JSON it can only stand between values.
	if !bytes.ContainsAny(body, "\r\n") {
		event.Write(body)
	} else if json.Compact(&event, body) != nil {
		event.WriteString(unwritable)
	}
	event.WriteString("\n\n")
	return event.Bytes()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
