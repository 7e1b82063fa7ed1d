package websub

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/resident"
)

const htmlPage = `<!doctype html><html><head><meta charset="utf-8"><title>Topic</title>
<link rel="stylesheet" href="/style.css"><link rel="hub" href="%[1]s"><link rel="self" href="%[2]s"></head>
<body><p>What somebody wrote: <link rel="hub" href="http://localhost:1/strangers"><link rel="self" href="/strangers"></p></body></html>`

const atomFeed = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Topic</title>
<entry><link rel="hub" href="http://localhost:1/strangers"/><link rel="self" href="/strangers"/></entry>
<link rel="alternate" href="/other"/><link rel="hub" href="%[1]s"/><link rel="self" href="%[2]s"/></feed>`

const rssFeed = `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>Topic</title><link>http://localhost/</link>
<item><a:link rel="hub" href="http://localhost:1/strangers"/><a:link rel="self" href="/strangers"/></item>
<a:link rel="hub" href="%[1]s"/><a:link rel="self" href="%[2]s" type="application/rss+xml"/></channel></rss>`

// discovers shows that the server finds hub and topics on such pages, subscribes to each topic with one request, and
// receives what is published.
func discovers(t *testing.T, pages func(p *publisher, h *hub) page) {
	t.Parallel()
	p, h := newPublisher(t), newHub(t)
	p.show(pages(p, h))
	s := play(t, p, h, rarely)
	all := s.subscriptions(p.self)
	s.receives(all)
	if n := len(h.asked("")); n != len(all) {
		t.Errorf("the hub was asked %d times for %d topics", n, len(all))
	}
	for name := range all {
		if n := p.visits(name); n != 1 {
			t.Errorf("the page of %s was fetched %d times", name, n)
		}
	}
}

func Test100HTTPHeaderDiscovery(t *testing.T) {
	discovers(t, func(p *publisher, h *hub) page { return linked(h.url, p.self) })
}

func Test101HTMLTagDiscovery(t *testing.T) {
	discovers(t, func(p *publisher, h *hub) page { return written("text/html; charset=utf-8", htmlPage, h.url, p.self) })
}

func Test102AtomFeedDiscovery(t *testing.T) {
	discovers(t, func(p *publisher, h *hub) page { return written("application/atom+xml", atomFeed, h.url, p.self) })
}

func Test103RSSFeedDiscovery(t *testing.T) {
	discovers(t, func(p *publisher, h *hub) page { return written("application/rss+xml", rssFeed, h.url, p.self) })
}

// What Link headers say counts, and not what the page below them says, whatever its kind.
func Test104DiscoveryPriority(t *testing.T) {
	other := newHub(t)
	below := map[string]struct{ kind, body string }{
		resident.AuthTypeTopic: {"text/html", htmlPage}, resident.AuthenticationTopic: {"application/atom+xml", atomFeed},
		resident.CredentialTopic: {"application/rss+xml", rssFeed}, resident.WorkflowTopic: {"application/xhtml+xml", htmlPage},
	}
	t.Cleanup(func() {
		if n := len(other.asked("")); n != 0 {
			t.Errorf("the hub of the pages was asked %d times", n)
		}
	})
	discovers(t, func(p *publisher, h *hub) page {
		return func(w http.ResponseWriter, _ *http.Request, name string) {
			w.Header().Set("Link", fmt.Sprintf(`<%s>; rel="hub", <%s>; rel="self"`, h.url, p.self(name)))
			w.Header().Set("Content-Type", below[name].kind)
			fmt.Fprintf(w, below[name].body, other.url, p.self("other/"+name))
		}
	})
}
