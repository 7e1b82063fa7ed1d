package hub_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

const formType = "application/x-www-form-urlencoded"

func TestRequestsAndAnswers(t *testing.T) {
	const noMode = "The request does not include valid `hub.mode` form param.\n"
	callback := "hub.callback=" + url.QueryEscape("http://127.0.0.1:1/hook")
	for _, mode := range []string{hub.ModeMOSIP, hub.ModeW3C} {
		h := run(t, hub.Config{Mode: mode})
		for _, row := range []struct {
			name, path, contentType, body string
			status                        int
			want                          string
		}{
			{"register", "", formType, "hub.mode=register&hub.topic=A", 200, "hub.mode=accepted"},
			{"register again", "", formType, "hub.mode=register&hub.topic=A", 200, "hub.mode=denied&hub.reason=Topic has already registered with the Hub"},
			{"deregister", "", formType, "hub.mode=deregister&hub.topic=A", 200, "hub.mode=accepted"},
			{"deregister again", "", formType, "hub.mode=deregister&hub.topic=A", 200, "hub.mode=denied&hub.reason=Topic has not been registered with the Hub"},
			{"kernel client's word", "", formType, "hub.mode=unregister&hub.topic=A", 400, noMode},
			{"no mode", "", formType, "hub.topic=A", 400, noMode},
			{"no topic", "", formType, "hub.mode=register", 400, "`hub.topic` is missing\n"},
			{"no callback", "", formType, "hub.mode=subscribe&hub.topic=A", 400, "`hub.callback` must be an absolute URL\n"},
			{"relative callback", "", formType, "hub.mode=subscribe&hub.topic=A&hub.callback=/hook", 400, "`hub.callback` must be an absolute URL\n"},
			{"lease", "", formType, "hub.mode=subscribe&hub.topic=A&hub.lease_seconds=x&" + callback, 400, "`hub.lease_seconds` must be a positive number\n"},
			{"subscribe", "", formType, "hub.mode=subscribe&hub.topic=B&hub.secret=s&" + callback, 202, "hub.mode=accepted"},
			{"subscribe registered it", "", formType, "hub.mode=register&hub.topic=B", 200, "hub.mode=denied&hub.reason=Topic has already registered with the Hub"},
			{"unsubscribe", "", formType, "hub.mode=unsubscribe&hub.topic=B&" + callback, 202, "hub.mode=accepted"},
			{"publish", "?hub.mode=publish&hub.topic=C", "application/json;charset=UTF-8", `{}`, 200, "hub.mode=accepted"},
			{"publish registered it", "", formType, "hub.mode=register&hub.topic=C", 200, "hub.mode=denied&hub.reason=Topic has already registered with the Hub"},
			{"publish without mode", "?hub.topic=C", "application/json", `{}`, 400, noMode},
			{"publish without topic", "?hub.mode=publish", "application/json", `{}`, 400, "`hub.topic` is missing\n"},
			{"content type", "", "text/plain", "hub.mode=register&hub.topic=A", 400, "Unsupported content-type\n"},
			{"too large", "?hub.mode=publish&hub.topic=C", "application/json", strings.Repeat(" ", 10<<20) + `{}`, 413, "The content is too large or was not read.\n"},
		} {
			a := h.send("/hub/"+row.path, row.contentType, "", row.body)
			if a.status != row.status || a.body != row.want {
				t.Errorf("%s, %s: %d %q, want %d %q", mode, row.name, a.status, a.body, row.status, row.want)
			}
			if row.status < 400 && a.header.Get("Content-Type") != formType {
				t.Errorf("%s, %s: content type %s", mode, row.name, a.header.Get("Content-Type"))
			}
		}
	}
}

func TestLongSecret(t *testing.T) {
	body := "hub.mode=subscribe&hub.topic=A&hub.callback=" + url.QueryEscape("http://127.0.0.1:1/hook") + "&hub.secret=" + strings.Repeat("s", 200)
	for mode, want := range map[string]int{hub.ModeMOSIP: 202, hub.ModeW3C: 400} {
		if a := run(t, hub.Config{Mode: mode}).send("/hub/", formType, "", body); a.status != want {
			t.Errorf("%s: %d", mode, a.status)
		}
	}
}

func TestRoles(t *testing.T) {
	users := map[string]struct {
		id    string
		roles []string
	}{
		"resident": {"service-account-mosip-resident-client", []string{"SUBSCRIBE_A_GENERAL", "PUBLISH_B_GENERAL"}},
		"partner":  {"service-account-mpartner-1", []string{"SUBSCRIBE_EVENT_INDIVIDUAL", "PUBLISH_EVENT_ALL_INDIVIDUAL"}},
	}
	h := run(t, hub.Config{Authorize: func(_ context.Context, cookie string) (string, []string, error) {
		user, ok := users[strings.TrimPrefix(cookie, "Authorization=")]
		if !ok {
			return "", nil, errors.New("no such token")
		}
		return user.id, user.roles, nil
	}})
	const noSubscriber, noPublisher = "Subscriber is not authorized", "Publisher is not authorized"
	for _, row := range []struct {
		name, cookie, mode, topic, reason string
	}{
		{"own role", "resident", "subscribe", "A", ""},
		{"own role", "resident", "unsubscribe", "A", ""},
		{"other topic", "resident", "subscribe", "B", noSubscriber},
		{"publisher's role", "resident", "register", "B", ""},
		{"publisher's role", "resident", "publish", "B", ""},
		{"subscriber's role", "resident", "publish", "A", noPublisher},
		{"subscriber's role", "resident", "register", "A", noPublisher},
		{"own events", "partner", "subscribe", "mpartner-1/EVENT", ""},
		{"another's events", "partner", "subscribe", "mpartner-2/EVENT", noSubscriber},
		{"another's role", "resident", "subscribe", "mpartner-1/EVENT", noSubscriber},
		{"to any partner", "partner", "publish", "mpartner-2/EVENT", ""},
		{"to any partner", "resident", "publish", "mpartner-2/EVENT", noPublisher},
		{"unknown token", "nobody", "subscribe", "A", "Authorization token is not valid"},
		{"unknown token", "nobody", "publish", "A", "Authorization token is not valid"},
		{"no token", "", "subscribe", "A", "Authorization token is missing"},
	} {
		cookie := ""
		if row.cookie != "" {
			cookie = "Authorization=" + row.cookie
		}
		var a answered
		if row.mode == "publish" {
			a = h.send("/hub/?hub.mode=publish&hub.topic="+url.QueryEscape(row.topic), "application/json", cookie, "{}")
		} else {
			a = h.send("/hub/", formType, cookie, url.Values{
				"hub.mode": {row.mode}, "hub.topic": {row.topic}, "hub.callback": {"http://127.0.0.1:1/hook"}, "hub.secret": {"s"},
			}.Encode())
		}
		status, body := 200, "hub.mode=accepted"
		if strings.HasSuffix(row.mode, "subscribe") {
			status = 202
		}
		if row.reason != "" {
			body = "hub.mode=denied&hub.reason=" + row.reason
			if status == 202 {
				status = 500
			}
		}
		if a.status != status || a.body != body {
			t.Errorf("%s, %s %s: %d %q, want %d %q", row.name, row.mode, row.topic, a.status, a.body, status, body)
		}
	}
}

func TestHealthFollowsTheHub(t *testing.T) {
	h := run(t, hub.Config{})
	health := func() (int, string) {
		response, err := h.http.Get(h.url + "/hub/actuator/health")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	if status, body := health(); status != 200 || body != `{"status":"UP"}` {
		t.Errorf("%d %s", status, body)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if status, body := health(); status != 503 || body != `{"status":"DOWN"}` {
		t.Errorf("closed: %d %s", status, body)
	}
	if a := h.form("mode", "register", "topic", "A"); a.status != http.StatusServiceUnavailable {
		t.Errorf("closed: %d", a.status)
	}
	if err := h.Publish(t.Context(), "A", nil); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := h.Start(t.Context()); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("started after the end: %v", err)
	}
}
