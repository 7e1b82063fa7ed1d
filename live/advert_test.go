package live

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What a page may say, as http://pub.test/a/b answers it; the hub is http://hub.test/ unless said otherwise.
func TestAdvertised(t *testing.T) {
	const hub, self = "http://hub.test/", "http://pub.test/self"
	both := `<http://hub.test/>; rel="hub", <http://pub.test/self>; rel="self"`
	feed := `<feed xmlns="http://www.w3.org/2005/Atom">`
	for _, c := range []struct {
		name, kind, body string
		links            []string
		self             string
		hubs             []string
	}{
		{"two in one header", "", "", []string{both}, self, []string{hub}},
		{"two headers", "", "", []string{`<http://hub.test/>; rel=hub`, `<http://pub.test/self>;rel=self`}, self, []string{hub}},
		{"capitals and spaces", "", "", []string{" ,, < http://hub.test/ > ; title=\"a, b; c\\\"\" ; REL = \"x HUB\" , <http://pub.test/self>;Rel=Self"}, self, []string{hub}},
		{"comma and semicolon in a URL", "", "", []string{`<http://hub.test/a,b;c>; rel=hub,<http://pub.test/self>; rel=self`}, self, []string{"http://hub.test/a,b;c"}},
		{"both in one link", "", "", []string{`<http://hub.test/>; rel="self hub"`}, hub, []string{hub}},
		{"relative", "", "", []string{`</hub>; rel=hub, <c?d>; rel=self`}, "http://pub.test/a/c?d", []string{"http://pub.test/hub"}},
		{"the first rel counts", "", "", []string{`<http://other.test/>; rel=next; rel=hub, ` + both}, self, []string{hub}},
		{"the first self counts", "", "", []string{both + `, <http://other.test/>; rel=self`}, self, []string{hub}},
		{"the page itself", "", "", []string{`<http://hub.test/>; rel=hub, <>; rel=self`}, "http://pub.test/a/b", []string{hub}},
		{"elements that name nothing", "text/html", `<link rel=hub><link rel=self href="">`, nil, "", nil},
		{"several hubs", "", "", []string{both + `, <https://second.test/>; rel=hub`}, self, []string{hub, "https://second.test/"}},
		{"anchor of another page", "", "", []string{`<http://other.test/>; rel=hub; anchor="/x", ` + both}, self, []string{hub}},
		{"not a link", "", "", []string{`http://hub.test/; rel="hub", http://pub.test/self; rel="self"`}, "", nil},
		{"never closed", "", "", []string{`<http://hub.test/; rel=hub`, `<http://pub.test/self>; rel="self`}, "", nil},
		{"no http", "", "", []string{`<ftp://hub.test/>; rel=hub, <mailto:a@b>; rel=self`}, "", nil},
		{"spaces", "", "", []string{`<http://hub.test/?a b>; rel=hub, <http://pub.test/?a` + "\u2003" + `b>; rel=self`}, "", nil},
		{"a password", "", "", []string{`<http://a:b@hub.test/>; rel=hub, <http://a@pub.test/>; rel=self`}, "", nil},
		{"half of it in the header", "text/html", `<link rel=self href=http://pub.test/self>`, []string{`<http://hub.test/>; rel=hub`}, self, nil},
		{"half of it, the whole below", "text/html", `<link rel=self href=/self><link rel=hub href=http://hub.test/>`, []string{`<http://other.test/>; rel=hub`}, self, []string{hub}},
		{"HTML with a base", "text/html", `<base href="http://base.test/x/"><link rel=hub href=hub><link rel="Alternate SELF" href="../self">`, nil, "http://base.test/self", []string{"http://base.test/x/hub"}},
		{"links in the body", "text/html", `<body><link rel=hub href=http://hub.test/><link rel=self href=/self>`, nil, "", nil},
		{"links in a comment", "text/html", `<!-- <link rel=hub href=http://hub.test/><link rel=self href=/self> -->`, nil, "", nil},
		{"XHTML", "application/xhtml+xml; charset=utf-8", `<html xmlns="http://www.w3.org/1999/xhtml"><head><link rel="hub" href="http://hub.test/"/><link rel="self" href="/self"/></head></html>`, nil, self, []string{hub}},
		{"HTML in UTF-16", "text/html; charset=utf-16be", utf16be(`<link rel=hub href=http://hub.test/><link rel=self href=/self>`), nil, self, []string{hub}},
		{"Atom", "application/atom+xml", feed + `<link rel="hub" href="http://hub.test/"/><link rel="self" href="/self"/></feed>`, nil, self, []string{hub}},
		{"Atom with a prefix", "text/xml", `<f:feed xmlns:f="http://www.w3.org/2005/Atom"><f:link rel="hub self" href="http://hub.test/"/></f:feed>`, nil, hub, []string{hub}},
		{"Atom with XML Base", "application/xml", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://base.test/x/"><link rel="hub" href="hub"/><link xml:base="y/" rel="self" href="z"/></feed>`, nil, "http://base.test/x/y/z", []string{"http://base.test/x/hub"}},
		{"Atom in Latin 1", "application/xml", `<?xml version="1.0" encoding="ISO-8859-1"?>` + feed + "<title>\xe9</title>" + `<link rel="hub self" href="http://hub.test/"/></feed>`, nil, hub, []string{hub}},
		{"Atom that was cut", "application/xml", feed + `<link rel="hub self" href="http://hub.test/"/><entry><ti`, nil, hub, []string{hub}},
		{"another language's link", "application/xml", `<feed><link rel="hub self" href="http://hub.test/"/></feed>`, nil, "", nil},
		{"RDF", "application/rdf+xml", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="http://www.w3.org/2005/Atom"><channel><a:link rel="hub self" href="http://hub.test/"/></channel></rdf:RDF>`, nil, hub, []string{hub}},
		{"HTML that says it is JSON", "application/json", `<link rel=hub href=http://hub.test/><link rel=self href=/self>`, nil, "", nil},
		{"no type", "", `<link rel=hub href=http://hub.test/><link rel=self href=/self>`, nil, "", nil},
	} {
		header := http.Header{"Link": c.links, "Content-Type": {c.kind}}
		got, err := advertised(&url.URL{Scheme: "http", Host: "pub.test", Path: "/a/b"}, header, strings.NewReader(c.body))
		if err != nil || got.self != c.self || !slices.Equal(got.hubs, c.hubs) {
			t.Errorf("%s: self %q, hubs %q, %v", c.name, got.self, got.hubs, err)
		}
	}
}

// Where a page came with TLS, its hub must have it too.
func TestAdvertisedByASafePage(t *testing.T) {
	header := http.Header{"Link": {`<http://hub.test/>; rel=hub, <https://safe.test/>; rel=hub, </self>; rel=self`}}
	got, err := advertised(&url.URL{Scheme: "https", Host: "pub.test", Path: "/a"}, header, strings.NewReader(""))
	if err != nil || !slices.Equal(got.hubs, []string{"https://safe.test/"}) {
		t.Errorf("hubs %q, %v", got.hubs, err)
	}
}

func utf16be(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteByte(0)
		b.WriteByte(text[i])
	}
	return b.String()
}

func FuzzAdvertised(f *testing.F) {
	f.Add("text/html", `<a>; rel="hub"`, `<link rel=hub href=a>`)
	f.Add("application/atom+xml", `<a>;rel=self;x="\"`, `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/a"/></feed>`)
	page := &url.URL{Scheme: "https", Host: "pub.test"}
	f.Fuzz(func(t *testing.T, kind, links, body string) {
		got, err := advertised(page, http.Header{"Link": {links}, "Content-Type": {kind}}, strings.NewReader(body))
		if err != nil {
			return
		}
		for _, hub := range got.hubs {
			if u, err := url.Parse(hub); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(hub, " \n") {
				t.Errorf("hub %q", hub)
			}
		}
		if u, err := url.Parse(got.self); err != nil || got.self != "" && u.Host == "" || strings.ContainsAny(got.self, " \n") {
			t.Errorf("self %q", got.self)
		}
	})
}
