package graph

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/alicebob/miniredis/v2"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/graph/documents"
	"github.com/resident-graph/resident-graph/graph/limits"
	"github.com/resident-graph/resident-graph/session"
)

// What these ask for needs no resolver.
const (
	trusted     = "query Name { __typename }"
	trustedMeta = "query Types { __schema { queryType { name } } }"
)

// endpoint serves with production's policy for residents and the sandbox's for visitors, unless change says otherwise.
func endpoint(t *testing.T, change func(*Limits)) http.Handler {
	t.Helper()
	file, err := json.Marshal(map[string]any{"client": "portal", "version": "1.0.0", "documents": map[string]string{
		documents.ID(trusted): trusted, documents.ID(trustedMeta): trustedMeta}})
	if err != nil {
		t.Fatal(err)
	}
	library, err := LoadDocuments(limits.DefaultBounds(), fstest.MapFS{"portal.json": {Data: file}})
	if err != nil {
		t.Fatal(err)
	}
	l := Limits{Bounds: limits.DefaultBounds(), Documents: library, Timeout: time.Second, Policies: map[limits.Class]limits.Policy{
		limits.Resident: {Cost: 25}, limits.Visitor: {Cost: 10, FreeDocuments: true, Introspection: true},
	}}
	if change != nil {
		change(&l)
	}
	return limits.Middleware(0, NewHandler(nil, Options{Limits: l, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: time.Now,
		PerResponse: func(ctx context.Context) context.Context { return ctx }}))
}

type request struct {
	resident bool
	get      bool
	body     map[string]any
	header   map[string]string
}

type answer struct {
	status int
	header http.Header
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Extensions map[string]any
	}
	Extensions struct{ Cost *limits.Cost }
}

func (a *answer) code() string {
	if len(a.Errors) == 0 {
		return ""
	}
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

func ask(t *testing.T, h http.Handler, q request) *answer {
	t.Helper()
	body, err := json.Marshal(q.body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
	if q.get {
		values := url.Values{}
		for name, value := range q.body {
			values.Set(name, value.(string))
		}
		r = httptest.NewRequest(http.MethodGet, "/graphql?"+values.Encode(), nil)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	if q.resident {
		r = r.WithContext(session.WithSession(r.Context(), &session.Session{ID: "s", TokenID: "123"}))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := &answer{status: w.Code, header: w.Header()}
	if err := json.Unmarshal(w.Body.Bytes(), a); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return a
}

func TestResidentsSendTrustedDocumentsAlone(t *testing.T) {
	h := endpoint(t, nil)
	id, unknown := documents.ID(trusted), documents.ID("query Unknown { __typename }")
	for name, test := range map[string]struct {
		request
		code string
	}{
		"a trusted document":              {request{resident: true, body: map[string]any{"documentId": id}}, ""},
		"by GET":                          {request{resident: true, get: true, body: map[string]any{"documentId": id}}, ""},
		"with its text":                   {request{resident: true, body: map[string]any{"documentId": id, "query": trusted}}, ""},
		"with its client":                 {request{resident: true, body: map[string]any{"documentId": id}, header: map[string]string{"X-Client-Name": "portal", "X-Client-Version": "1.0.0"}}, ""},
		"of another version":              {request{resident: true, body: map[string]any{"documentId": id}, header: map[string]string{"X-Client-Name": "portal", "X-Client-Version": "2.0.0"}}, "DOCUMENT_NOT_TRUSTED"},
		"with another text":               {request{resident: true, body: map[string]any{"documentId": id, "query": "{__typename}"}}, "INVALID"},
		"an unknown document":             {request{resident: true, body: map[string]any{"documentId": unknown}}, "DOCUMENT_NOT_TRUSTED"},
		"an unknown one with its text":    {request{resident: true, body: map[string]any{"documentId": unknown, "query": "query Unknown { __typename }"}}, "DOCUMENT_NOT_TRUSTED"},
		"its text without its id":         {request{resident: true, body: map[string]any{"query": trusted}}, "DOCUMENT_NOT_TRUSTED"},
		"an id among the extensions":      {request{resident: true, body: map[string]any{"query": "{__typename}", "extensions": map[string]any{"documentId": id}}}, "DOCUMENT_NOT_TRUSTED"},
		"a hash in Apollo's place":        {request{resident: true, body: map[string]any{"query": "{__typename}", "extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": id[7:]}}}}, "DOCUMENT_NOT_TRUSTED"},
		"no GraphQL at all":               {request{resident: true, body: map[string]any{"query": "{{{"}}, "DOCUMENT_NOT_TRUSTED"},
		"a trusted one that introspects":  {request{resident: true, body: map[string]any{"documentId": documents.ID(trustedMeta)}}, "FORBIDDEN"},
		"a visitor's free document":       {request{body: map[string]any{"query": "{__typename}"}}, ""},
		"a visitor's introspection":       {request{body: map[string]any{"query": trustedMeta}}, ""},
		"a visitor's new one with its id": {request{body: map[string]any{"query": "query Unknown { __typename }", "documentId": unknown}}, ""},
		"a visitor's free one by GET":     {request{get: true, body: map[string]any{"query": "{__typename}"}}, "DOCUMENT_NOT_TRUSTED"},
		"a visitor's trusted one by GET":  {request{get: true, body: map[string]any{"documentId": id}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, h, test.request)
			if a.code() != test.code || (a.Data == nil) != (test.code != "") {
				t.Errorf("%d %q, want %q: %+v", a.status, a.code(), test.code, a.Errors)
			}
		})
	}
}

func TestEveryAnswerTellsItsCost(t *testing.T) {
	h := endpoint(t, func(l *Limits) {
		l.Policies[limits.Visitor] = limits.Policy{Cost: 2, FreeDocuments: true, Introspection: true}
	})
	for text, want := range map[string]limits.Cost{
		"{__typename}": {Requested: 0, Limit: 2}, "{__schema{queryType{name}}}": {Requested: 1, Limit: 2},
		"{a:session{state} b:session{state} c:session{state}}": {Requested: 3, Limit: 2},
	} {
		a := ask(t, h, request{body: map[string]any{"query": text}})
		if a.Extensions.Cost == nil || *a.Extensions.Cost != want {
			t.Errorf("%s: %+v, want %+v", text, a.Extensions.Cost, want)
		}
		if dear := want.Requested > want.Limit; dear != (a.code() == "TOO_COSTLY") || dear != (a.Data == nil) {
			t.Errorf("%s answers %q", text, a.code())
		}
	}
}

func TestAnEmptyBucketRefusesTheRequest(t *testing.T) {
	db := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer db.Close()
	h := endpoint(t, func(l *Limits) {
		l.Limiter = limits.NewLimiter(db, limits.Rates{Source: redis_rate.PerHour(3), Resident: redis_rate.PerHour(3)}, []byte("secret"), slog.New(slog.NewTextHandler(io.Discard, nil)))
	})
	meta := request{body: map[string]any{"query": trustedMeta}}
	for left := 2; left >= 0; left-- {
		if a := ask(t, h, meta); a.code() != "" || *a.Extensions.Cost.Remaining != left {
			t.Fatalf("%q, %d remain", a.code(), a.Extensions.Cost.Remaining)
		}
	}
	for range 2 {
		a := ask(t, h, meta)
		wait, _ := a.Errors[0].Extensions["retryAfterSeconds"].(float64)
		if a.status != http.StatusTooManyRequests || a.code() != "RATE_LIMITED" || wait < 1190 || wait > 1200 {
			t.Errorf("%d %q, wait %v", a.status, a.code(), wait)
		}
		if a.header.Get("Retry-After") == "" || !strings.HasPrefix(a.header.Get("RateLimit"), `"source";r=0;t=`) {
			t.Errorf("%v", a.header)
		}
	}
	for range 3 { // what is refused is paid for too
		if a := ask(t, h, request{resident: true, body: map[string]any{"query": "{nope}"}}); a.code() != "DOCUMENT_NOT_TRUSTED" {
			t.Errorf("%q", a.code())
		}
	}
	if a := ask(t, h, request{resident: true, body: map[string]any{"documentId": documents.ID(trusted), "query": "{nope}"}}); a.code() != "RATE_LIMITED" {
		t.Errorf("hostile requests are free: %q", a.code())
	}
}

func TestOperationsThatEndHaveADeadline(t *testing.T) {
	g := &guard{Limits: Limits{Timeout: time.Minute}}
	for operation, bounded := range map[ast.Operation]bool{ast.Query: true, ast.Mutation: true, ast.Subscription: false} {
		op := &graphql.OperationContext{Operation: &ast.OperationDefinition{Operation: operation}}
		var inside context.Context
		respond := g.InterceptOperation(graphql.WithOperationContext(t.Context(), op), func(ctx context.Context) graphql.ResponseHandler {
			inside = ctx
			return graphql.OneShot(&graphql.Response{})
		})
		if _, has := inside.Deadline(); has != bounded {
			t.Errorf("%s has a deadline: %t", operation, has)
		}
		respond(inside)
		if (inside.Err() != nil) != bounded {
			t.Errorf("%s leaves its timer behind: %v", operation, inside.Err())
		}
	}
}

// BenchmarkRefuseRequest is what whole requests cost that are hostile in their JSON.
func BenchmarkRefuseRequest(b *testing.B) {
	l := Limits{Bounds: limits.DefaultBounds(), Timeout: time.Second,
		Policies: map[limits.Class]limits.Policy{limits.Visitor: {Cost: 10, FreeDocuments: true, Introspection: true}}}
	h := NewHandler(nil, Options{Limits: l, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		PerResponse: func(ctx context.Context) context.Context { return ctx }})
	for name, body := range map[string]string{
		"64 KiB of variables":  `{"query":"{__typename}","variables":{"list":[` + strings.Repeat("{},", 21_000) + `{}]}}`,
		"100 operations":       "[" + strings.Repeat(`{"query":"{__typename}"},`, 99) + `{"query":"{__typename}"}]`,
		"10 MB":                `{"query":"` + strings.Repeat("x", 10<<20) + `"}`,
		"64 KiB of one string": `{"query":"{__typename}","variables":{"s":"` + strings.Repeat("x", 60_000) + `"}}{`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if strings.Contains(w.Body.String(), `"data"`) {
					b.Fatal("it is not refused")
				}
			}
		})
	}
}
