package transport

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// An operation runs on a socket under an id.
type operation struct {
	id     string
	ctx    context.Context
	cancel context.CancelFunc
	params *graphql.RawParams
	failed bool
}

func (s *socket) subscribe(m message) *CloseError {
	if !isClosed(s.acked) {
		return &CloseError{Code: 4401, Reason: "Unauthorized"}
	}
	ctx, cancel := context.WithCancel(s.opsCtx)
	op := &operation{id: m.id, ctx: ctx, cancel: cancel, params: m.params}
	s.mu.Lock()
	_, exists := s.active[op.id]
	// What was completed but has not ended yet counts as well, or a client could start without end.
	full := s.running >= s.MaxSubscriptions
	if !exists && !full {
		s.active[op.id] = op
		s.running++
	}
	s.mu.Unlock()
	switch {
	case exists:
		cancel()
		return alreadyExists(op.id)
	case full:
		defer cancel()
		s.fail(op, s.exec.DispatchError(s.opsCtx, gqlerror.List{coded(codeRateLimited, "Too many operations run on this socket.")}))
	default:
		s.all.Go(func() { s.operate(op) })
	}
	return nil
}

func alreadyExists(id string) *CloseError {
	if len(id) > 64 {
		id = "this id"
	}
	return &CloseError{Code: 4409, Reason: "Subscriber for " + id + " already exists"}
}

// complete ends an operation as the client wishes. It may use the id again at once.
func (s *socket) complete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op, ok := s.active[id]; ok {
		delete(s.active, id)
		op.cancel()
	}
}

// operate runs an operation to its end and tells the client, unless the client has ended it.
func (s *socket) operate(op *operation) {
	defer s.finish(op)
	err := guarded(op.ctx, s.exec, func() error { return s.execute(op) })
	switch {
	case errors.Is(err, errPanicked):
		s.close(&CloseError{Code: 4500, Reason: "Internal error"})
	case op.ctx.Err() != nil || op.failed:
	default:
		// Before the client learns that the id is free.
		s.release(op)
		s.send(completeMessage(op.id))
	}
}

func (s *socket) execute(op *operation) error {
	ctx := graphql.StartOperationTrace(op.ctx)
	op.params.Headers = s.header
	now := graphql.Now()
	op.params.ReadTime = graphql.TraceTiming{Start: now, End: now}
	opCtx, errs := s.exec.CreateOperationContext(ctx, op.params)
	if errs != nil {
		s.fail(op, s.exec.DispatchError(graphql.WithOperationContext(ctx, opCtx), withoutText(opCtx, errs)))
		return nil
	}
	return execute(ctx, s.exec, opCtx, func(resp *graphql.Response) error {
		switch {
		case op.ctx.Err() != nil:
			return op.ctx.Err()
		case isRefused(resp):
			s.fail(op, resp)
			return nil
		}
		s.send(nextMessage(op.id, resp))
		return nil
	})
}

// fail ends an operation with `error`, after which no `complete` follows.
func (s *socket) fail(op *operation, resp *graphql.Response) {
	op.failed = true
	s.release(op)
	if op.ctx.Err() == nil {
		s.send(errorMessage(op.id, resp))
	}
}

// release frees the id, unless the client has used it again.
func (s *socket) release(op *operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[op.id] == op {
		delete(s.active, op.id)
	}
}

func (s *socket) finish(op *operation) {
	op.cancel()
	s.release(op)
	s.mu.Lock()
	s.running--
	s.mu.Unlock()
}
