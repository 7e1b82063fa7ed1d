package transport

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// errPanicked tells that an extension, or the presenting of a panic, panicked.
var errPanicked = errors.New("an extension panicked")

// execute gives emit the responses of an operation in order until it ends, ctx ends or emit fails. A query or a mutation
// has one; a response without data is the last. A panic outside the resolvers, which recover by themselves, becomes one
// last response.
func execute(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext, emit func(*graphql.Response) error) (err error) {
	ctx = graphql.WithOperationContext(ctx, op)
	defer func() {
		if r := recover(); r != nil {
			err = emit(exec.DispatchError(ctx, gqlerror.List{asGraphQL(op.Recover(ctx, r))}))
		}
	}()
	responses, ctx := exec.DispatchOperation(ctx, op)
	for {
		resp := responses(ctx)
		if resp == nil {
			return ctx.Err()
		}
		if err := emit(resp); err != nil {
			return err
		}
		if isRefused(resp) || op.Operation.Operation != ast.Subscription {
			return nil
		}
	}
}

func asGraphQL(err error) *gqlerror.Error {
	if already, ok := errors.AsType[*gqlerror.Error](err); ok {
		return already
	}
	return gqlerror.Wrap(err)
}

// guarded runs f in a goroutine of a stream, where a panic would end the process. gqlgen's executor is told, so that its
// recover function records the panic.
func guarded(ctx context.Context, exec graphql.GraphExecutor, f func() error) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		err = errPanicked
		if e, ok := exec.(interface {
			PresentRecoveredError(ctx context.Context, err any) error
		}); ok {
			defer func() { _ = recover() }()
			_ = e.PresentRecoveredError(ctx, r)
		}
	}()
	return f()
}
