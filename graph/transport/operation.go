package transport

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// errPanicked tells that presenting a panic panicked.
var errPanicked = errors.New("the error presenter panicked")

// execute gives emit the responses of an operation in order until it ends, ctx ends or emit fails. A query or a mutation
// has one; a response without data is the last. A panic outside the resolvers, which recover by themselves, becomes one
// last response. Streams run in goroutines of their own, where a panic would end the process.
func execute(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext, emit func(*graphql.Response) error) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return executeRecovered(ctx, exec, op, emit)
}

func executeRecovered(ctx context.Context, exec graphql.GraphExecutor, op *graphql.OperationContext, emit func(*graphql.Response) error) (err error) {
	ctx = graphql.WithOperationContext(ctx, op)
	defer func() {
		if r := recover(); r != nil {
			err = emit(exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(op.Recover(ctx, r))}))
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
