package transport

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestHTTP(t *testing.T) {
	w := start(t, HTTP{MaxBody: 4096, MaxDepth: 8})
	const query = `{"query":"{ name }"}`
	get := func(values ...string) string {
		q := url.Values{}
		for i := 0; i < len(values); i += 2 {
			q.Add(values[i], values[i+1])
		}
		return "/?" + q.Encode()
	}
	for name, tt := range map[string]struct {
		method, path, body, accept, contentType, encoding string
		status                                            int
		want                                              string
	}{
		"newer type":                 {body: query, status: 200, want: `{"data":{"name":"Ada"}}`},
		"json with charset":          {body: query, contentType: "application/json; charset=UTF-8", status: 200, want: `{"data":`},
		"null members":               {body: `{"query":"{ name }","variables":null,"operationName":null,"extensions":null,"documentId":null}`, status: 200, want: `"Ada"`},
		"unknown member":             {body: `{"query":"{ name }","x":[1]}`, status: 200, want: `"Ada"`},
		"null root is a result":      {body: `{"query":"{ nothing }"}`, status: 200, want: `"data":null`},
		"mutation":                   {body: `{"query":"mutation { name }"}`, status: 200, want: `"Ada"`},
		"other charset":              {body: query, contentType: "application/json; charset=latin1", status: 415},
		"plain text":                 {body: query, contentType: "text/plain", status: 415},
		"form":                       {body: "query=%7Bname%7D", contentType: "application/x-www-form-urlencoded", status: 415},
		"multipart":                  {body: "--x--", contentType: "multipart/form-data; boundary=x", status: 415},
		"no type":                    {body: query, contentType: "-", status: 415},
		"compressed":                 {body: query, encoding: "gzip", status: 415},
		"nothing acceptable":         {body: query, accept: "text/html", status: 406},
		"put":                        {method: "PUT", body: query, status: 405},
		"options":                    {method: "OPTIONS", status: 405},
		"too long":                   {body: `{"query":"` + strings.Repeat(" ", 4096) + `"}`, status: 413},
		"too deep":                   {body: `{"query":"{ name }","variables":{"a":` + strings.Repeat("[", 8) + strings.Repeat("]", 8) + `}}`, status: 400, want: "nested too deeply"},
		"no body":                    {body: "", status: 400, want: "not well-formed JSON"},
		"malformed":                  {body: `{"query":"` + canary, status: 400, want: "not well-formed JSON"},
		"byte order mark":            {body: "\ufeff" + query, status: 400, want: "not well-formed JSON"},
		"two texts":                  {body: query + query, status: 400, want: "not well-formed JSON"},
		"not utf-8":                  {body: "{\"query\":\"{ name } #\xff\"}", status: 400, want: "not well-formed JSON"},
		"name twice":                 {body: `{"query":"{ name }","query":"{ nothing }"}`, status: 400, want: "a name twice"},
		"name twice, escaped":        {body: `{"query":"{ name }","\u0071uery":"{ nothing }"}`, status: 400, want: "a name twice"},
		"name twice, deep":           {body: `{"query":"{ name }","variables":{"a":{"b":1,"b":2}}}`, status: 400, want: "a name twice"},
		"batch":                      {body: "[" + query + "]", status: 400, want: "one JSON object"},
		"string":                     {body: `"` + canary + `"`, status: 400, want: "one JSON object"},
		"no query":                   {body: `{"qeury":"{ name }"}`, status: 400, want: "no `query`"},
		"name in other letters":      {body: `{"Query":"{ name }"}`, status: 400, want: "no `query`"},
		"query is a number":          {body: `{"query":` + canary + `}`, status: 400, want: "`query` must"},
		"operation name is an array": {body: `{"query":"{ name }","operationName":["` + canary + `"]}`, status: 400, want: "`operationName` must"},
		"variables is a string":      {body: `{"query":"{ name }","variables":"` + canary + `"}`, status: 400, want: "`variables` must"},
		"extensions is false":        {body: `{"query":"{ name }","extensions":false}`, status: 400, want: "`extensions` must"},
		"document id is a number":    {body: `{"documentId":1}`, status: 400, want: "`documentId` must"},
		"syntax":                     {body: `{"query":"{ name ` + canary + ` \"` + canary + `\" "}`, status: 400, want: `"locations":[{"line":1`},
		"unknown field":              {body: `{"query":"{ nme }"}`, status: 400, want: `"locations":[{"line":1,"column":3}]`},
		"unknown operation":          {body: `{"query":"query A { name }","operationName":"` + canary + `"}`, status: 400, want: "no operation of that name"},
		"literal":                    {body: `{"query":"{ find(kind: UIN, first: \"` + canary + `\") }"}`, status: 400, want: "value in the document"},
		"enum literal":               {body: `{"query":"{ find(kind: X` + canary + `, first: 1) }"}`, status: 400, want: "value in the document"},
		"variable":                   {body: `{"query":"query($k: Kind!) { find(kind: $k, first: 1) }","variables":{"k":"` + canary + `"}}`, status: 400, want: "value of a variable"},
		"variable of other type":     {body: `{"query":"query($n: Int!) { find(kind: UIN, first: $n) }","variables":{"n":{"` + canary + `":1}}}`, status: 400, want: "value of a variable"},
		"subscription":               {body: `{"query":"subscription { three }"}`, status: 406, want: "text/event-stream"},
		"get":                        {method: "GET", path: get("query", "{ name }"), status: 200, want: `"Ada"`},
		"get with variables":         {method: "GET", path: get("query", "query($n: Int!) { find(kind: UIN, first: $n) }", "variables", `{"n":1}`, "extensions", `{}`), status: 200, want: `"Ada"`},
		"get mutation":               {method: "GET", path: get("query", "mutation { name }"), status: 405},
		"get subscription":           {method: "GET", path: get("query", "subscription { three }"), status: 405},
		"get without query":          {method: "GET", path: "/", status: 400},
		"get with bad variables":     {method: "GET", path: get("query", "{ name }", "variables", `{"`+canary), status: 400},
		"get with array variables":   {method: "GET", path: get("query", "{ name }", "variables", `["`+canary+`"]`), status: 400},
		"get twice":                  {method: "GET", path: get("query", "{ name }", "query", "{ nothing }"), status: 400},
		"get malformed":              {method: "GET", path: "/?query=%zz", status: 400},
		"get too long":               {method: "GET", path: get("query", "{ name }", "x", strings.Repeat("x", 4096)), status: 414},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Accept": {orDefault(tt.accept, graphqlJSON)}}
			if tt.contentType != "-" {
				header.Set("Content-Type", orDefault(tt.contentType, "application/json"))
			}
			if tt.encoding != "" {
				header.Set("Content-Encoding", tt.encoding)
			}
			resp, body := w.send(t, orDefault(tt.method, "POST"), orDefault(tt.path, "/"), tt.body, header)
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s, want %d with %s", resp.StatusCode, body, tt.status, tt.want)
			}
			if strings.Contains(body, canary) {
				t.Errorf("the request comes back: %s", body)
			}
			if got := resp.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %q", got)
			}
			refused := tt.status != 200
			if refused != strings.Contains(body, `"code":"INVALID"`) || refused == strings.Contains(body, `"data"`) {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
			if (tt.status == 405) != (resp.Header.Get("Allow") != "") {
				t.Errorf("%d with Allow: %q", tt.status, resp.Header.Get("Allow"))
			}
		})
	}
}

func TestHTTPNegotiation(t *testing.T) {
	w := start(t, HTTP{})
	const none = "-"
	for accept, want := range map[string]string{
		none: legacyJSON, "": legacyJSON, "*/*": legacyJSON, "application/*": legacyJSON,
		"application/json":                                                            legacyJSON,
		"application/graphql-response+json":                                           graphqlJSON,
		"application/json, application/graphql-response+json":                         graphqlJSON,
		"application/json, application/graphql-response+json;q=0.9":                   legacyJSON,
		"application/graphql-response+json, application/json;q=0.9":                   graphqlJSON,
		"application/graphql-response+json;q=0, */*":                                  legacyJSON,
		"application/json;q=0, */*":                                                   graphqlJSON,
		"application/graphql-response+json; charset=utf-8, application/json;q=0.9":    graphqlJSON,
		"application/graphql-response+json, application/json, text/event-stream, */*": graphqlJSON,
		"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8":          legacyJSON,
		"text/html":                           "",
		"application/json; charset=utf-16":    "",
		"application/json;q=2":                "",
		"text/event-stream;q=0, image/*;q=.5": "",
		"nonsense,,;":                         "",
	} {
		header := http.Header{"Content-Type": {"application/json"}}
		if accept != none {
			header.Set("Accept", accept)
		}
		resp, body := w.send(t, "POST", "/", `{"query":"{ name }"}`, header)
		status := 200
		if want == "" {
			status, want = 406, legacyJSON
		}
		if got := resp.Header.Get("Content-Type"); got != want+"; charset=utf-8" || resp.StatusCode != status {
			t.Errorf("%q: %d %s %s, want %d %s", accept, resp.StatusCode, got, body, status, want)
		}
		// What is wrong with the GraphQL is no fault of HTTP for who knows only the older type.
		if status == 200 {
			resp, _ = w.send(t, "POST", "/", `{"query":"{"}`, header)
			if wantStatus := map[string]int{legacyJSON: 200, graphqlJSON: 400}[want]; resp.StatusCode != wantStatus {
				t.Errorf("%q: %d, want %d", accept, resp.StatusCode, wantStatus)
			}
		}
	}
}

func TestHTTPPassesOverUpgrades(t *testing.T) {
	w := start(t, HTTP{})
	header := http.Header{"Content-Type": {"application/json"}, "Connection": {"Upgrade"}, "Upgrade": {"h2c"}}
	if resp, body := w.send(t, "POST", "/", `{"query":"{ name }"}`, header); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestHTTPSlowBody(t *testing.T) {
	w := start(t, HTTP{ReadTimeout: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", w.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"query\"")
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("%v %s", err, answer)
	}
}

func TestHTTPConnectionGoesOn(t *testing.T) {
	t.Parallel()
	const limit = 4 * time.Second
	w := start(t, HTTP{ReadTimeout: limit, WriteTimeout: limit})
	for n := range 2 {
		if n > 0 {
			time.Sleep(limit + 100*time.Millisecond) // on the same connection
		}
		header := http.Header{"Content-Type": {"application/json"}}
		if resp, body := w.send(t, "POST", "/", `{"query":"{ name }"}`, header); resp.StatusCode != http.StatusOK {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
}

func TestHTTPStatus(t *testing.T) {
	table := func(code string) int { return map[string]int{codeInvalid: 422}[code] }
	for _, tt := range []struct {
		transport HTTP
		want      int
	}{{HTTP{}, 400}, {HTTP{Status: table}, 422}} {
		w := start(t, tt.transport)
		header := http.Header{"Content-Type": {"application/json"}, "Accept": {graphqlJSON}}
		if resp, body := w.send(t, "POST", "/", `{"query":"{"}`, header); resp.StatusCode != tt.want {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
}

func TestHTTPManyFaults(t *testing.T) {
	w := start(t, HTTP{})
	body := `{"query":"{ ` + strings.Repeat("nme ", 500) + `}"}`
	_, answer := w.send(t, "POST", "/", body, http.Header{"Content-Type": {"application/json"}})
	if n := strings.Count(answer, `"message"`); n != maxErrors || len(answer) > 4096 {
		t.Errorf("%d errors in %d bytes", n, len(answer))
	}
}
