package live

import (
	"encoding/xml"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

const (
	atomSpace = "http://www.w3.org/2005/Atom"
	xmlSpace  = "http://www.w3.org/XML/1998/namespace"
)

// readHTML adds the <link> elements of the head. Those in the body are left out: it may hold what strangers wrote.
func (a *advert) readHTML(body io.Reader, contentType string) error {
	decoded, err := charset.NewReader(body, contentType)
	if err != nil {
		return err
	}
	document, err := html.Parse(decoded)
	if err != nil {
		return err
	}
	for node := range document.Descendants() {
		if node.Type != html.ElementNode || node.Parent.DataAtom != atom.Head {
			continue
		}
		switch node.DataAtom {
		case atom.Base:
			a.rebase(attribute(node, "href"))
		case atom.Link:
			a.addElement(attribute(node, "href"), attribute(node, "rel"))
		}
	}
	return nil
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Namespace == "" && a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// readFeed adds the Atom <link> elements of an Atom feed, or of the channel of an RSS feed. Those of entries and items
// speak of these. What comes before an error counts, for a long page is cut.
func (a *advert) readFeed(body io.Reader) {
	decoder := xml.NewDecoder(body)
	decoder.Strict, decoder.CharsetReader = false, charset.NewReaderLabel
	var path []element
	for {
		token, err := decoder.Token()
		if err != nil {
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := element{t.Name, resolved(base(path, a.page), attributeXML(t, xmlSpace, "base"))}
			if t.Name == (xml.Name{Space: atomSpace, Local: "link"}) && aboutFeed(path) {
				a.base = e.base
				a.addElement(attributeXML(t, "", "href"), attributeXML(t, "", "rel"))
			}
			path = append(path, e)
		case xml.EndElement:
			path = path[:max(0, len(path)-1)]
		}
	}
}

// element is an open element and what its relative references are relative to (XML Base).
type element struct {
	name xml.Name
	base *url.URL
}

func base(path []element, page *url.URL) *url.URL {
	if len(path) == 0 {
		return page
	}
	return path[len(path)-1].base
}

// aboutFeed tells whether a link with these ancestors speaks of the whole feed.
func aboutFeed(path []element) bool {
	switch len(path) {
	case 1:
		return path[0].name == xml.Name{Space: atomSpace, Local: "feed"}
	case 2:
		return path[1].name.Local == "channel"
	}
	return false
}

func attributeXML(e xml.StartElement, space, name string) string {
	for _, a := range e.Attr {
		if a.Name.Space == space && a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}
