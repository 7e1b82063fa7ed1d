package transport

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	graphqlJSON = "application/graphql-response+json"
	legacyJSON  = "application/json"
	eventStream = "text/event-stream"
)

// mediaType is what to answer with; empty when nothing that the client accepts can be served. GraphQL-over-HTTP wants
// application/json for a client that does not care, and the newer type for one that names it.
func mediaType(h http.Header) string {
	accepted := parseAccept(h)
	if accepted == nil {
		return legacyJSON
	}
	newer, legacy := accepted.quality(graphqlJSON), accepted.quality(legacyJSON)
	_, named := accepted[graphqlJSON]
	switch {
	case newer > legacy, newer > 0 && newer == legacy && named:
		return graphqlJSON
	case legacy > 0:
		return legacyJSON
	default:
		return ""
	}
}

// wantsEvents says whether a stream is what the client wants most. It must be named, since a wildcard is no wish for
// a stream, and a client that takes JSON as gladly gets JSON: urql names all the types it can read for every query.
func wantsEvents(h http.Header) bool {
	accepted := parseAccept(h)
	stream := accepted[eventStream]
	return stream > 0 && stream > accepted[graphqlJSON] && stream > accepted[legacyJSON]
}

// An accept is an Accept header (RFC 9110 §12.5.1): media ranges with their quality, 0 to 1.
type accept map[string]float64

// parseAccept is nil without the header. Ranges that are not well-formed or not UTF-8 are left out.
func parseAccept(h http.Header) accept {
	values := h.Values("Accept")
	if len(values) == 0 || strings.TrimSpace(strings.Join(values, "")) == "" {
		return nil
	}
	accepted := accept{}
	for _, element := range strings.Split(strings.Join(values, ","), ",") {
		media, params, err := mime.ParseMediaType(element)
		if err != nil || !isUTF8(params) {
			continue
		}
		q := 1.0
		if given, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(given, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		accepted[media] = max(q, accepted[media])
	}
	return accepted
}

// quality is that of the most specific range that holds the type.
func (a accept) quality(media string) float64 {
	family, _, _ := strings.Cut(media, "/")
	for _, in := range []string{media, family + "/*", "*/*"} {
		if q, ok := a[in]; ok {
			return q
		}
	}
	return 0
}
