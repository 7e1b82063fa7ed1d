package resolvers

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/graph/id"
	"github.com/resident-graph/resident-graph/resident"
	"github.com/resident-graph/resident-graph/session"
)

func TestALinkIsTooOldAfterItsTime(t *testing.T) {
	ids, err := id.NewSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	s := &session.Session{ID: "session"}
	text, err := json.Marshal(fileLink{resident.FileRef{Kind: resident.HistoryFile, Key: "history/1"}, "once", now.Unix()})
	if err != nil {
		t.Fatal(err)
	}
	link := ids.Seal("file", s.ID, string(text))
	for name, row := range map[string]struct {
		at   time.Time
		code resident.ErrorCode
	}{"in its last second": {now, ""}, "a second later": {now.Add(time.Second), resident.Expired}} {
		r := &Resolver{IDs: ids, Now: func() time.Time { return row.at }}
		opened, err := r.openFileLink(s, link)
		if got := resident.AsError(err).Code; row.code != "" && got != row.code || row.code == "" && (err != nil || opened.Key != "history/1") {
			t.Errorf("%s: %v %v", name, opened, err)
		}
	}
	r := &Resolver{IDs: ids, Now: func() time.Time { return now }}
	if _, err := r.openFileLink(&session.Session{ID: "another"}, link); resident.AsError(err).Code != resident.NotFound {
		t.Errorf("another session: %v", err)
	}
}

func TestAFileKeepsItsNameInEveryScript(t *testing.T) {
	for name, want := range map[string]string{
		"card-1.pdf":  "attachment; filename=card-1.pdf",
		"إشعار 1.pdf": "attachment; filename*=utf-8''%D8%A5%D8%B4%D8%B9%D8%A7%D8%B1%201.pdf",
	} {
		if got := attachment(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// TestAClientThatReadsNoMoreIsGivenUp: nothing else ends a download, and the whole file is in memory.
func TestAClientThatReadsNoMoreIsGivenUp(t *testing.T) {
	file := &resident.File{Name: "card-1.pdf", MediaType: pdfType, Content: make([]byte, 64<<20), MadeAt: time.Now()}
	whole := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		sent := &wholeness{ResponseWriter: w}
		sent.serve(req, file, time.Now().Add(100*time.Millisecond))
		whole <- sent.whole()
	}))
	defer server.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: here\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-whole:
		if got {
			t.Error("a file that nobody took counts as sent")
		}
	case <-time.After(time.Minute):
		conn.Close() // so that the handler ends
		t.Error("a client that reads nothing is waited for")
		<-whole
	}
}
