package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary stands for what must never come back out of a request.
const canary = "5193847260137"

const sdl = `
	enum Kind { UIN VID }
	type Query {
		name: String!
		find(kind: Kind!, first: Int!): String
		nothing: String!
		panics: String
		presenterPanics: String
		waits: String
	}
	type Mutation { name: String }
	type Subscription {
		three: Int
		silent: Int
		endless: Int
		refused: Int
		breaks: Int
	}
`

// A world is a GraphQL server with the transports under test.
type world struct {
	*httptest.Server
	// running counts the operations that have begun and may still go on.
	running atomic.Int64
	// sent counts the events of `endless` that the transport has taken.
	sent atomic.Int64
}

func start(t *testing.T, transports ...graphql.Transport) *world {
	t.Helper()
	w := &world{}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: sdl})
	server := handler.New(&graphql.ExecutableSchemaMock{
		SchemaFunc: func() *ast.Schema { return schema },
		ExecFunc:   w.exec,
		ComplexityFunc: func(context.Context, string, string, int, map[string]any) (int, bool) {
			return 0, false
		},
	})
	server.SetRecoverFunc(func(_ context.Context, p any) error {
		if p == "presenter" {
			panic(p)
		}
		return errors.New("recovered")
	})
	for _, tr := range transports {
		server.AddTransport(tr)
	}
	w.Server = httptest.NewServer(server)
	t.Cleanup(w.Close)
	return w
}

func (w *world) exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx).Operation
	field := op.SelectionSet[0].(*ast.Field).Name
	if op.Operation == ast.Subscription {
		w.running.Add(1)
		// A resolver stops when its context does: that must come about whatever ends the operation.
		context.AfterFunc(ctx, func() { w.running.Add(-1) })
		return w.subscribe(field)
	}
	return graphql.OneShot(w.answer(ctx, field))
}

func (w *world) answer(ctx context.Context, field string) *graphql.Response {
	switch field {
	case "nothing":
		return &graphql.Response{Data: []byte(`null`), Errors: graphql.ErrorResponse(ctx, "broken").Errors}
	case "panics":
		panic("resolver")
	case "presenterPanics":
		panic("presenter")
	case "waits":
		w.running.Add(1)
		defer w.running.Add(-1)
		<-ctx.Done()
		return nil
	}
	return &graphql.Response{Data: []byte(`{"` + field + `":"Ada"}`)}
}

func (w *world) subscribe(field string) graphql.ResponseHandler {
	n := 0
	return func(ctx context.Context) *graphql.Response {
		n++
		switch {
		case field == "refused":
			return graphql.ErrorResponse(ctx, "refused")
		case field == "breaks" && n == 2:
			panic("resolver")
		case field == "three" && n == 4:
			return nil
		case field == "silent":
			<-ctx.Done()
			return nil
		case ctx.Err() != nil:
			return nil
		case field == "endless":
			w.sent.Add(1)
			return &graphql.Response{Data: []byte(`{"endless":"` + strings.Repeat("x", 8<<10) + `"}`)}
		}
		// A line break between values, as a scalar may write one.
		return &graphql.Response{Data: fmt.Appendf(nil, "{\"%s\":\n%d}", field, n)}
	}
}

// idle waits until no operation runs.
func (w *world) idle(t *testing.T) {
	t.Helper()
	eventually(t, func() bool { return w.running.Load() == 0 })
}

// busy waits until n operations run.
func (w *world) busy(t *testing.T, n int64) {
	t.Helper()
	eventually(t, func() bool { return w.running.Load() == n })
}

// patience is how long a test waits for what happens soon.
const patience = 30 * time.Second

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen within %s", patience)
		}
	}
}

// send sends one request and returns the answer with its body read.
func (w *world) send(t *testing.T, method, path, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := w.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}
