package datakey

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/test/harness"
)

const uinCardMutation = `mutation { fetchUinCard(input: {idempotencyKey: "no-key-yet"}) { event { eventId } errors { code } } }`

// TestACardThatCouldNotBeKeptIsNotFetched: Data Share gives it out a few times only, so a server that cannot open its key
// yet leaves it there.
func TestACardThatCouldNotBeKeptIsNotFetched(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "15m")
	uin := h.Residents(t)[0].UIN
	event := harness.At(h.SignIn(t, uin).Must(uinCardMutation, nil), "fetchUinCard", "event", "eventId")
	if event == nil {
		t.Fatal("no card")
	}
	card := func(c *harness.Client) (status int) {
		t.Helper()
		address := harness.At(c.Must(`query ($event: EventID!) { viewer { event(eventId: $event) { card { file { url } } } } }`,
			map[string]any{"event": event}), "viewer", "event", "card", "file", "url")
		resp, err := c.HTTP.Get(h.URL + fmt.Sprint(address))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	h.Kill()
	h.RunWith("KEYMANAGER_URL=http://127.0.0.1:1/v1/keymanager") // where nobody is
	c := h.SignIn(t, uin)
	h.ResetCalls(t)
	if status := card(c); status != http.StatusBadGateway {
		t.Errorf("without a key: %d", status)
	}
	if calls := h.Calls(t); calls["datashare"] != 0 {
		t.Errorf("without a key, Data Share was asked %d times", calls["datashare"])
	}
	h.Kill()
	h.Run()
	if status := card(h.SignIn(t, uin)); status != http.StatusOK {
		t.Errorf("with a key: %d", status)
	}
}
