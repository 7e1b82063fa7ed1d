package sessions_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/resident-graph/resident-graph/test/harness"
)

const changes = `subscription { eventChanged { cursor } }`

// TestSES04Logout signs out on one server and looks at what is open on two: the real binary, twice, over one Redis.
func TestSES04Logout(t *testing.T) {
	redis := startRedis(t)
	here, there := harness.Start(t, "REDIS_URL="+redis), harness.Start(t, "REDIS_URL="+redis)
	c := here.SignIn(t, here.Residents(t)[0].UIN)
	over := map[string]<-chan struct{}{}
	for name, s := range map[string]*harness.Server{"here": here, "there": there} {
		if state := sessionState(t, c.HTTP, s); state != "ACTIVE" {
			t.Fatalf("%s: the session is %s", name, state)
		}
		over["WebSocket "+name] = socket(t, c.HTTP, s)
		over["SSE "+name] = stream(t, c.HTTP, s)
	}
	time.Sleep(1500 * time.Millisecond) // over the first look at the session
	for what, ended := range over {
		select {
		case <-ended:
			t.Fatalf("%s: over before the end", what)
		default:
		}
	}
	before := time.Now()
	response, err := c.HTTP.Get(here.URL + "/auth/logout")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	for what, ended := range over {
		within(t, what, time.Until(before.Add(pushed)), ended)
	}
	for name, s := range map[string]*harness.Server{"here": here, "there": there} {
		if state := sessionState(t, c.HTTP, s); state == "ACTIVE" {
			t.Errorf("%s: the session is %s", name, state)
		}
	}
}

func sessionState(t *testing.T, client *http.Client, s *harness.Server) string {
	t.Helper()
	response, err := client.Post(s.URL+"/graphql", "application/json", strings.NewReader(`{"query":"{ session { state } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('}')
	if err != nil {
		t.Fatalf("%d: %s %v", response.StatusCode, line, err)
	}
	_, rest, _ := strings.Cut(line, `"state":"`)
	state, _, _ := strings.Cut(rest, `"`)
	return state
}

// socket subscribes over a WebSocket with the client's cookie and returns what is closed when the server closes it.
func socket(t *testing.T, client *http.Client, s *harness.Server) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	conn, _, err := websocket.Dial(ctx, s.URL+"/graphql", &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Origin": {s.URL}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var message map[string]any
	send := func(m map[string]any) {
		if err := wsjson.Write(ctx, conn, m); err != nil {
			t.Fatal(err)
		}
	}
	send(map[string]any{"type": "connection_init"})
	if err := wsjson.Read(ctx, conn, &message); err != nil || message["type"] != "connection_ack" {
		t.Fatalf("%v %v", message, err)
	}
	send(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]any{"query": changes}})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for wsjson.Read(ctx, conn, &message) == nil && message["type"] != "error" {
		}
	}()
	t.Cleanup(func() { cancel(); <-ended; _ = conn.CloseNow() })
	return ended
}

// stream subscribes over server-sent events.
func stream(t *testing.T, client *http.Client, s *harness.Server) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/graphql", strings.NewReader(`{"query":"`+changes+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	patient := *client
	patient.Timeout = 0
	response, err := patient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("answered %d with %s", response.StatusCode, kind)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		}
	}()
	t.Cleanup(func() { cancel(); <-ended; response.Body.Close() })
	return ended
}
