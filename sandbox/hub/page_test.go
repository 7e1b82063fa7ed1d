package hub_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox/hub"
)

const topicURL = "http://hub.test/hub/topics/" + topic

func TestTopicPage(t *testing.T) {
	for mode, status := range map[string]int{hub.ModeW3C: http.StatusOK, hub.ModeMOSIP: http.StatusNotFound} {
		h := run(t, hub.Config{Mode: mode})
		answer, err := h.http.Get(h.url + "/hub/topics/" + topic)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != status {
			t.Errorf("%s: %d, %v", mode, answer.StatusCode, err)
		}
		if status != http.StatusOK {
			continue
		}
		if want := `<http://hub.test/hub/>; rel="hub", <` + topicURL + `>; rel="self"`; answer.Header.Get("Link") != want {
			t.Errorf("Link: %s", answer.Header.Get("Link"))
		}
		for _, want := range []string{`<link rel="hub" href="http://hub.test/hub/">`, `<link rel="self" href="` + topicURL + `">`} {
			if !strings.Contains(string(body), want) {
				t.Errorf("the page lacks %s", want)
			}
		}
	}
}

func TestTopicPageOfAnOddName(t *testing.T) {
	h := run(t, hub.Config{Mode: hub.ModeW3C})
	answer, err := h.http.Get(h.url + "/hub/topics/" + url.PathEscape(`a/b "<i>`))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if strings.Contains(string(body), "<i>") || !strings.Contains(answer.Header.Get("Link"), `/topics/a%2Fb%20%22%3Ci%3E>`) {
		t.Errorf("Link: %s\n%s", answer.Header.Get("Link"), body)
	}
}

// What is published under a topic's name reaches those who subscribed under its URL, after a restart too.
func TestTopicByItsURL(t *testing.T) {
	store := &shelf{values: map[string][]byte{}}
	h, s := run(t, hub.Config{Mode: hub.ModeW3C, Store: store}), subscribing(t)
	h.form("mode", "subscribe", "topic", topicURL, "callback", s.url, "secret", secret)
	if q := s.asked(t); q.Get("hub.topic") != topicURL {
		t.Errorf("asked %v", q)
	}
	eventually(t, "subscribed", func() bool { return store.count("subscription/"+topicURL) == 1 })
	h.publish(`{"a":1}`)
	if d := s.next(t); d.body != `{"a":1}` || d.header.Get("Link") != `<http://hub.test/hub/>; rel="hub", <`+topicURL+`>; rel="self"` {
		t.Errorf("delivered %s with %s", d.body, d.header.Get("Link"))
	}
	if n := store.count("topic/"); n != 1 {
		t.Errorf("%d topics", n)
	}
	eventually(t, "committed", func() bool { return store.count("record/") == 0 })
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again := run(t, hub.Config{Mode: hub.ModeW3C, Store: store})
	again.publish(`{"a":2}`)
	s.expect(t, `{"a":2}`)
	again.form("mode", "unsubscribe", "topic", topicURL, "callback", s.url)
	if q := s.asked(t); q.Get("hub.mode") != "unsubscribe" || q.Get("hub.topic") != topicURL {
		t.Errorf("asked %v", q)
	}
	eventually(t, "unsubscribed", func() bool { return store.count("subscription/") == 0 })
}
