package live

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// advert is what a topic's page says of itself.
type advert struct {
	page *url.URL // where the page was found in the end
	base *url.URL // what its references are relative to
	self string   // rel=self: what the hub calls the topic
	hubs []string // rel=hub, in the order of the page
}

// advertised reads a page: its Link headers, and where these do not name both, the links of its HTML or of its feed. The
// first source that names a hub and the topic counts, alone (W3C WebSub §4).
func advertised(page *url.URL, header http.Header, body io.Reader) (advert, error) {
	headers := advert{page: page, base: page}
	for _, l := range linkHeaders(header.Values("Link")) {
		headers.add(l)
	}
	if headers.complete() {
		return headers, nil
	}
	elements := advert{page: page, base: page}
	contentType := header.Get("Content-Type")
	kind, _, _ := mime.ParseMediaType(contentType) // a page without a type is read as neither
	switch {
	case kind == "text/html", kind == "application/xhtml+xml":
		if err := elements.readHTML(body, contentType); err != nil {
			return advert{}, err
		}
	case strings.HasSuffix(kind, "/xml"), strings.HasSuffix(kind, "+xml"):
		elements.readFeed(body)
	}
	return elements, nil
}

func (a *advert) complete() bool { return a.self != "" && len(a.hubs) > 0 }

// add takes what a link says. A page names itself once, so the first such link counts.
func (a *advert) add(l link) {
	for _, rel := range l.rels {
		switch {
		case rel == "self" && a.self == "":
			if target := a.absolute(l.target); target != nil {
				a.self = target.String()
			}
		case rel == "hub":
			// It is told our secret: never with less protection than the page had that names it.
			if target := a.absolute(l.target); target != nil && (target.Scheme == "https" || a.page.Scheme != "https") {
				a.hubs = append(a.hubs, target.String())
			}
		}
	}
}

// addElement takes what an element says. Without a reference it says nothing; a Link header means the page with that.
func (a *advert) addElement(href, rel string) {
	if href != "" {
		a.add(link{href, relations(rel)})
	}
}

// absolute returns the URL that a link means, or nil if it means none that can be used: a password in it would end up in
// our log, and a Subscription keeps its URLs with spaces between.
func (a *advert) absolute(target string) *url.URL {
	u, err := a.base.Parse(target)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	if strings.ContainsFunc(u.String(), unicode.IsSpace) {
		return nil
	}
	return u
}

// rebase takes the base of an HTML page or of an element.
func (a *advert) rebase(reference string) { a.base = resolved(a.base, reference) }

// resolved returns what reference means relative to base, and base if it means nothing.
func resolved(base *url.URL, reference string) *url.URL {
	if u, err := base.Parse(reference); err == nil {
		return u
	}
	return base
}
