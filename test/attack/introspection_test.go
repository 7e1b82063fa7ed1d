package attack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/test/harness"
)

func contract(t testing.TB) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// prying are the ways to ask for the schema.
var prying = map[string]string{
	"__schema":             `{ __schema { types { name fields { name } } } }`,
	"__type":               `{ __type(name: "Resident") { name fields { name } } }`,
	"beside a field":       `{ session { state } __schema { queryType { name } } }`,
	"in a fragment":        `query { ...F } fragment F on Query { a: __schema { directives { name } } }`,
	"inline":               `{ ... on Query { ... { __type(name: "Vid") { kind } } } }`,
	"skipped":              `query ($no: Boolean = false) { __schema @include(if: $no) { types { name } } session { state } }`,
	"circular":             `{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }`,
	"federation":           `{ _service { sdl } }`,
	"federation entity":    `{ _entities(representations: []) { __typename } }`,
	"under a subscription": `subscription { __schema { types { name } } }`,
	"under a mutation":     `mutation { __schema { types { name } } }`,
}

// TestTheSchemaIsNotToldInProduction asks for it by every way in, as a visitor and as a resident.
func TestTheSchemaIsNotToldInProduction(t *testing.T) {
	t.Parallel()
	s, _ := production(t)
	for class, c := range callers(t, s) {
		t.Run(class, func(t *testing.T) {
			names := namesOf(contract(t))
			for name, document := range prying {
				for way, came := range everyWay(t, s, c, document) {
					if leaked := leaks(came, document, names); len(leaked) > 0 || strings.Contains(came, `"__schema":{`) || strings.Contains(came, `"__type":{`) {
						t.Errorf("%s by %s tells of %v: %.300s", name, way, leaked, came)
					}
					if !strings.Contains(came, `"code":"`) {
						t.Errorf("%s by %s is not refused with a code: %.300s", name, way, came)
					}
				}
			}
		})
	}
}

func callers(t *testing.T, s *harness.Server) map[string]*harness.Client {
	t.Helper()
	return map[string]*harness.Client{"visitor": s.Visitor(t), "resident": s.SignIn(t, someone(t, s).UIN)}
}

// everyWay sends a document by POST, GET, server-sent events and WebSocket and answers what came of each.
func everyWay(t testing.TB, s *harness.Server, c *harness.Client, document string) map[string]string {
	t.Helper()
	ways := map[string]string{"POST": post(t, s, c, operation(t, document, nil)).body}
	for name, accept := range map[string]string{"GET": "application/json", "GET stream": "text/event-stream"} {
		r, err := send(t.Context(), c.HTTP, http.MethodGet, s.URL+"/graphql?"+url.Values{"query": {document}}.Encode(), http.Header{"Accept": {accept}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ways[name] = r.body
	}
	messages, _ := converse(t.Context(), s, c, []any{map[string]any{"type": "connection_init"},
		map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": document}}}, 2)
	raw, err := json.Marshal(messages[min(1, len(messages)):])
	if err != nil {
		t.Fatal(err)
	}
	ways["WebSocket"] = string(raw)
	return ways
}

// converse sends messages over one socket and answers up to so many that came, with the error that ended it.
func converse(ctx context.Context, s *harness.Server, c *harness.Client, messages []any, want int) (came []any, err error) {
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.URL, "http")+"/graphql", &websocket.DialOptions{
		HTTPClient: &http.Client{Jar: c.HTTP.Jar, Transport: c.HTTP.Transport}, Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return nil, err
	}
	defer conn.CloseNow()
	for _, m := range messages {
		if err := wsjson.Write(ctx, conn, m); err != nil {
			return came, err
		}
	}
	for len(came) < want {
		var m any
		if err := wsjson.Read(ctx, conn, &m); err != nil {
			return came, err
		}
		came = append(came, m)
	}
	return came, nil
}

// TestMisspeltNamesTellNothing asks for names that are nearly right: the errors must not lead to the right ones.
func TestMisspeltNamesTellNothing(t *testing.T) {
	t.Parallel()
	s, _ := production(t)
	schema := contract(t)
	names := namesOf(schema)
	places := []string{`{ # }`, `{ viewer { # } }`, `{ viewer { profile { # } } }`, `mutation { #(input: {}) { errors { code } } }`,
		`{ partners(type: #) { nodes { id } } }`, `{ viewer { vids(#: 1) { nodes { id } } } }`, `query ($x: #) { session { state } }`,
		`{ node(id: "x") { ... on # { id } } }`, `mutation { generateVid(input: {#: "x"}) { errors { code } } }`, `{ session { state @#(if: true) } }`}
	for class, c := range callers(t, s) {
		t.Run(class, func(t *testing.T) {
			tried, leaking := 0, map[string]bool{}
			for tried < count(1_000, 10_000) {
				for _, name := range names {
					document := strings.Replace(places[tried%len(places)], "#", misspelt(name, tried/len(names)), 1)
					r := post(t, s, c, operation(t, document, nil))
					tried++
					for _, leak := range leaks(r.body, document, names) {
						if !leaking[leak] {
							t.Errorf("%q is told in answer to %s: %.300s", leak, document, r.body)
						}
						leaking[leak] = true
					}
					if tried >= count(1_000, 10_000) {
						break
					}
				}
			}
			t.Logf("%d names leaked by %d misspelt ones", len(leaking), tried)
		})
	}
}

// namesOf answers every name of the contract: types, fields, arguments, enum values.
func namesOf(schema *ast.Schema) []string {
	found := map[string]bool{}
	for _, d := range schema.Types {
		if d.BuiltIn {
			continue
		}
		found[d.Name] = true
		for _, f := range d.Fields {
			found[f.Name] = !strings.HasPrefix(f.Name, "__")
			for _, a := range f.Arguments {
				found[a.Name] = true
			}
		}
		for _, v := range d.EnumValues {
			found[v.Name] = true
		}
	}
	var names []string
	for name, wanted := range found {
		if wanted && len(name) > 2 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// misspelt answers a name that is nearly right, another one each round.
func misspelt(name string, round int) string {
	at := 1 + round%(len(name)-1)
	switch round % 4 {
	case 0:
		return name[:at] + name[at+1:] + "q"
	case 1:
		return name[:at] + "q" + name[at:]
	case 2:
		return name + "s" + name[len(name)-1:]
	default:
		return "q" + name
	}
}

// quoted matches what an error puts into quotes; camel matches words that no sentence has.
var (
	quoted = regexp.MustCompile("[\"'`]([A-Za-z_][A-Za-z0-9_]*)[\"'`.]")
	camel  = regexp.MustCompile(`[A-Za-z]*[a-z][A-Z][A-Za-z]*|[A-Z]+_[A-Z_]+`)
)

// leaks answers the names of the contract that an answer's messages hold and its document does not.
func leaks(body, document string, names []string) []string {
	var found []string
	for _, message := range messages(body) {
		words := camel.FindAllString(message, -1)
		for _, m := range quoted.FindAllStringSubmatch(message, -1) {
			words = append(words, m[1])
		}
		for _, word := range words {
			if slices.Contains(names, word) && !regexp.MustCompile(`\b`+word+`\b`).MatchString(document) && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
	}
	return found
}

var messageText = regexp.MustCompile(`"message":"((?:[^"\\]|\\.)*)"`)

func messages(body string) []string {
	var found []string
	for _, m := range messageText.FindAllStringSubmatch(body, -1) {
		var text string
		if json.Unmarshal([]byte(`"`+m[1]+`"`), &text) == nil {
			found = append(found, text)
		}
	}
	return found
}

// TestNoToolIsServedInProduction looks for what developers leave open.
func TestNoToolIsServedInProduction(t *testing.T) {
	t.Parallel()
	s, _ := production(t)
	c := s.Visitor(t)
	for _, path := range []string{"/", "/playground", "/playground/", "/graphiql", "/graphql/playground", "/graphql/console", "/altair", "/voyager",
		"/console", "/v1/graphql", "/api/graphql", "/query", "/schema", "/schema.graphqls", "/graphql/schema.json", "/sdl", "/debug/pprof/", "/debug/vars",
		"/metrics", "/sandbox/", "/sandbox/residents", "/.env", "/.git/config", "/actuator/env", "/swagger-ui.html", "/v3/api-docs", "/server-status"} {
		r, err := send(t.Context(), c.HTTP, http.MethodGet, s.URL+path, http.Header{"Accept": {"text/html"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.status != http.StatusNotFound {
			t.Errorf("%s answers %d: %.100s", path, r.status, r.body)
		}
	}
	r, err := send(t.Context(), c.HTTP, http.MethodGet, s.URL+"/graphql", http.Header{"Accept": {"text/html"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.status < 400 || strings.Contains(r.body, "<html") {
		t.Errorf("/graphql shows a browser a page: %d %.100s", r.status, r.body)
	}
	for _, header := range []string{"Server", "X-Powered-By", "Via"} {
		if r.header.Get(header) != "" {
			t.Errorf("the header %s says what this runs on: %s", header, r.header.Get(header))
		}
	}
}
