package transport

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

func eventHeader() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}}
}

// openStream sends a subscription and returns its lines; the stream is cut at the end of the test.
func (w *world) openStream(t *testing.T, document string) (*http.Response, *bufio.Scanner, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(`{"query":"`+document+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = eventHeader()
	resp, err := w.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp, bufio.NewScanner(resp.Body), cancel
}

func rest(lines *bufio.Scanner) string {
	var text strings.Builder
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
	}
	return text.String()
}

func TestSSE(t *testing.T) {
	w := start(t, SSE{MaxBody: 4096}, HTTP{})
	const complete = "event: complete\ndata: \n\n"
	for name, tt := range map[string]struct {
		method, path, body, contentType string
		status                          int
		want                            string
	}{
		"subscription": {body: `{"query":"subscription { three }"}`, status: 200, want: ":\n\n" +
			"event: next\ndata: {\"data\":{\"three\":1}}\n\n" +
			"event: next\ndata: {\"data\":{\"three\":2}}\n\n" +
			"event: next\ndata: {\"data\":{\"three\":3}}\n\n" + complete},
		"query":    {body: `{"query":"{ name }"}`, status: 200, want: ":\n\nevent: next\ndata: {\"data\":{\"name\":\"Ada\"}}\n\n" + complete},
		"mutation": {body: `{"query":"mutation { name }"}`, status: 200, want: ":\n\nevent: next\ndata: {\"data\":{\"name\":\"Ada\"}}\n\n" + complete},
		"get":      {method: "GET", path: "/?query=subscription%7Bthree%7D", status: 200, want: "{\"data\":{\"three\":3}}\n\n" + complete},
		"invalid": {body: `{"query":"subscription { four }"}`, status: 200, want: "event: next\ndata: {\"errors\":[{\"message\":" +
			"\"Cannot query field \\\"four\\\" on type \\\"Subscription\\\".\",\"locations\":[{\"line\":1,\"column\":16}],\"extensions\":{\"code\":\"INVALID\"}}]}\n\n" + complete},
		"refused":        {body: `{"query":"subscription { refused }"}`, status: 200, want: "event: next\ndata: {\"errors\":[{\"message\":\"refused\"}]}\n\n" + complete},
		"panic":          {body: `{"query":"subscription { breaks }"}`, status: 200, want: "event: next\ndata: {\"errors\":[{\"message\":\"recovered\"}]}\n\n" + complete},
		"double panic":   {body: `{"query":"{ presenterPanics }"}`, status: 200, want: complete},
		"get mutation":   {method: "GET", path: "/?query=mutation%7Bname%7D", status: 405, want: "INVALID"},
		"malformed":      {body: `{"query":"` + canary, status: 400, want: "not well-formed JSON"},
		"other type":     {body: `{"query":"{ name }"}`, contentType: "text/plain", status: 415, want: "INVALID"},
		"too long":       {body: strings.Repeat(" ", 5000), status: 413, want: "INVALID"},
		"another method": {method: "DELETE", status: 405, want: "INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			header := eventHeader()
			header.Set("Content-Type", orDefault(tt.contentType, "application/json"))
			resp, body := w.send(t, orDefault(tt.method, "POST"), orDefault(tt.path, "/"), tt.body, header)
			if resp.StatusCode != tt.status || !strings.HasSuffix(body, tt.want) && tt.status == 200 || !strings.Contains(body, tt.want) {
				t.Errorf("%d %q, want %d %q", resp.StatusCode, body, tt.status, tt.want)
			}
			if strings.Contains(body, canary) || !strings.Contains(resp.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("%v %s", resp.Header, body)
			}
			stream := resp.Header.Get("Content-Type") == "text/event-stream" && resp.Header.Get("X-Accel-Buffering") == "no"
			if stream != (tt.status == 200) {
				t.Errorf("%v", resp.Header)
			}
			w.idle(t)
		})
	}
}

func TestSSEIsWanted(t *testing.T) {
	for accept, want := range map[string]bool{
		"text/event-stream":                        true,
		"text/event-stream, multipart/mixed":       true,
		"text/event-stream, */*;q=0.1":             true,
		"application/json;q=.5, text/event-stream": true,
		"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed": false,
		"*/*": false, "text/*": false, "": false, "text/event-stream;q=0": false,
	} {
		r := &http.Request{Header: http.Header{"Accept": {accept}}}
		if got := (SSE{}).Supports(r); got != want {
			t.Errorf("%q: %t", accept, got)
		}
	}
}

func TestSSEHeartbeat(t *testing.T) {
	w := start(t, SSE{Heartbeat: 5 * time.Millisecond})
	_, lines, leave := w.openStream(t, "subscription { silent }")
	for beats := 0; beats < 5 && lines.Scan(); {
		if lines.Text() == ":" {
			beats++
		}
	}
	w.busy(t, 1)
	leave()
	w.idle(t)
}

func TestSSEEndOfSession(t *testing.T) {
	ended := make(chan struct{})
	w := start(t, SSE{Ended: func(context.Context) <-chan struct{} { return ended }})
	_, lines, _ := w.openStream(t, "subscription { silent }")
	w.busy(t, 1)
	close(ended)
	if text := rest(lines); !strings.Contains(text, `"code":"UNAUTHENTICATED"`) || !strings.HasSuffix(text, "event: complete\ndata: \n\n") {
		t.Error(text)
	}
	w.idle(t)
}

func TestSSENothingAfterEndOfSession(t *testing.T) {
	ended := make(chan struct{})
	close(ended)
	w := start(t, SSE{Ended: func(context.Context) <-chan struct{} { return ended }})
	for range 50 {
		_, body := w.send(t, "POST", "/", `{"query":"subscription { endless }"}`, eventHeader())
		if strings.Contains(body, `"data":{`) {
			t.Fatal("an event after the end of the session")
		}
	}
	w.idle(t)
}

func TestSSEDrain(t *testing.T) {
	sockets := &Sockets{}
	w := start(t, SSE{Registry: sockets}, HTTP{})
	_, lines, _ := w.openStream(t, "subscription { silent }")
	w.busy(t, 1)
	sockets.Drain(t.Context(), time.Millisecond)
	if text := rest(lines); strings.Contains(text, "complete") {
		t.Errorf("a client would not come back after %q", text)
	}
	resp, _ := w.send(t, "POST", "/", `{"query":"subscription { three }"}`, eventHeader())
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d while draining", resp.StatusCode)
	}
}

func TestSSELimits(t *testing.T) {
	limits := &Limits{PerProcess: 2, PerOwner: 1, Owner: func(ctx context.Context) string {
		return graphql.GetStartTime(ctx).Location().String() // the same for every request
	}}
	w := start(t, SSE{Limits: limits})
	_, _, leave := w.openStream(t, "subscription { silent }")
	w.busy(t, 1)
	resp, body := w.send(t, "POST", "/", `{"query":"subscription { three }"}`, eventHeader())
	if resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "RATE_LIMITED") || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	limits.Owner = func(context.Context) string { return "" }
	w.openStream(t, "subscription { silent }")
	w.busy(t, 2)
	resp, body = w.send(t, "POST", "/", `{"query":"subscription { three }"}`, eventHeader())
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "RATE_LIMITED") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	leave()
	w.busy(t, 1)
	eventually(t, func() bool {
		resp, _ := w.send(t, "POST", "/", `{"query":"subscription { three }"}`, eventHeader())
		return resp.StatusCode == http.StatusOK
	})
}

func TestSSENeverReadingClient(t *testing.T) {
	w := start(t, SSE{WriteTimeout: 100 * time.Millisecond})
	conn, err := net.Dial("tcp", w.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"query":"subscription { endless }"}`
	_, err = conn.Write([]byte("POST / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n" + body))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return w.sent.Load() > 10 })
	// Others are served meanwhile.
	if resp, _ := w.send(t, "POST", "/", `{"query":"subscription { three }"}`, eventHeader()); resp.StatusCode != http.StatusOK {
		t.Error(resp.StatusCode)
	}
	w.idle(t)
	if sent := w.sent.Load(); sent > 2000 {
		t.Errorf("%d events of 8 KiB were taken for a client that reads none", sent)
	}
}
