package hub

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
)

// pages is what the URL of a topic begins with.
func (h *Hub) pages() string { return h.config.URL + "topics/" }

// named returns the name of a topic that was asked for by its name or its URL.
func (h *Hub) named(topic string) string {
	escaped, ok := strings.CutPrefix(topic, h.pages())
	if !ok || h.config.URL == "" {
		return topic
	}
	name, err := url.PathUnescape(escaped)
	if err != nil {
		return topic
	}
	return name
}

const topicPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>%[1]s</title>
<link rel="hub" href="%[2]s">
<link rel="self" href="%[3]s">
</head>
<body><h1>%[1]s</h1><p>What is published here is delivered to subscribers of the hub.</p></body>
</html>
`

// page tells where a topic can be subscribed to (WebSub 4), in Link headers and
// in the page. MOSIP's hub has no such pages.
func (h *Hub) page(w http.ResponseWriter, r *http.Request) {
	if !h.w3c() {
		http.NotFound(w, r)
		return
	}
	name := r.PathValue("name")
	self := h.pages() + url.PathEscape(name)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.config.URL, self))
	fmt.Fprintf(w, topicPage, html.EscapeString(name), html.EscapeString(h.config.URL), html.EscapeString(self))
}
