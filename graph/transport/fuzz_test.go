package transport

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

// What the strict decoder takes, encoding/json takes as well and reads the same.
func sameAsJSON(t *testing.T, text []byte, value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil || !reflect.DeepEqual(value, want) {
		t.Fatalf("%q: %v, encoding/json: %v %v", text, value, want, err)
	}
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"query":"{ name }"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if value, err := decode(body, 8); err == nil {
			sameAsJSON(t, body, value)
		}
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		params, refused := reader{maxBody: 4096, depth: 8}.read(httptest.NewRecorder(), r)
		switch {
		case (params == nil) == (refused == nil):
			t.Fatal("neither read nor refused, or both")
		case refused != nil && (refused.status < 400 || refused.status > 499 || refused.code != codeInvalid):
			t.Fatalf("refused with %d %s", refused.status, refused.code)
		case params != nil && params.Query == "" && params.Extensions["documentId"] == nil:
			t.Fatal("read without a document")
		}
	})
}

func FuzzURL(f *testing.F) {
	f.Add("query=%7Bname%7D&variables=%7B%7D")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.URL.RawQuery = query
		params, refused := reader{maxBody: 4096, depth: 8}.read(httptest.NewRecorder(), r)
		if (params == nil) == (refused == nil) {
			t.Fatal("neither read nor refused, or both")
		}
	})
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte(`{"id":"1","type":"subscribe","payload":{"query":"{ name }"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, fault := decodeMessage(text, 8)
		if fault != nil {
			if fault.Code != 4400 || len(fault.Reason) > 123 {
				t.Fatalf("refused with %v", fault)
			}
			return
		}
		switch m.kind {
		case "subscribe":
			if m.id == "" || m.params == nil || m.params.Query == "" && m.params.Extensions["documentId"] == nil {
				t.Fatalf("an incomplete subscribe: %+v", m)
			}
			// Our own messages hold the client's id and must be read back the same.
			var back struct{ ID string }
			if err := json.Unmarshal(completeMessage(m.id), &back); err != nil || back.ID != m.id {
				t.Fatalf("%q became %q: %v", m.id, back.ID, err)
			}
		case "complete":
			if m.id == "" {
				t.Fatal("complete without an id")
			}
		case "connection_init", "ping", "pong":
		default:
			t.Fatalf("took %q", m.kind)
		}
	})
}

func FuzzAccept(f *testing.F) {
	f.Add("text/html, */*;q=0.8")
	f.Fuzz(func(t *testing.T, value string) {
		h := http.Header{"Accept": {value}}
		media := mediaType(h)
		if media != "" && media != graphqlJSON && media != legacyJSON {
			t.Fatalf("%q", media)
		}
		if wantsEvents(h) && !strings.Contains(strings.ToLower(value), eventStream) {
			t.Fatalf("a stream for %q", value)
		}
	})
}
