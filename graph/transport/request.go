package transport

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

const (
	maxBody = 64 << 10
	// A well-meaning client on a bad line sends 64 KiB well within this; a slow loris does not.
	readTimeout = 10 * time.Second
)

// A reader reads the parameters of a request. Zero fields take their defaults.
type reader struct {
	maxBody int64
	depth   int
	timeout time.Duration
}

func (rd reader) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	start := graphql.Now()
	var params *graphql.RawParams
	var refused *refusal
	switch r.Method {
	case http.MethodGet:
		if int64(len(r.URL.RawQuery)) > orDefault(rd.maxBody, maxBody) {
			return nil, invalid(http.StatusRequestURITooLong, "The URL is too long.")
		}
		params, refused = queryParams(r.URL.RawQuery, orDefault(rd.depth, depth))
	case http.MethodPost:
		params, refused = rd.body(w, r)
	default:
		refused = methodNotAllowed("GET, POST", "Only GET and POST are served.")
	}
	if refused != nil {
		return nil, refused
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nil
}

func (rd reader) body(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	if !isJSON(r.Header) {
		return nil, invalid(http.StatusUnsupportedMediaType, "The content type must be application/json in UTF-8.")
	}
	control := http.NewResponseController(w)
	// A writer that knows no deadlines (a test's) reads without one.
	_ = control.SetReadDeadline(time.Now().Add(orDefault(rd.timeout, readTimeout)))
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, orDefault(rd.maxBody, maxBody)))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, invalid(http.StatusRequestEntityTooLarge, "The request is too long.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, invalid(http.StatusRequestTimeout, "The request took too long to arrive.")
	case err != nil:
		return nil, invalid(http.StatusBadRequest, "The request could not be read.")
	}
	// The server goes on reading to notice a client that leaves; that must not time out.
	_ = control.SetReadDeadline(time.Time{})
	value, err := decode(text, orDefault(rd.depth, depth))
	if err != nil {
		return nil, invalid(http.StatusBadRequest, malformed(err))
	}
	return paramsOf(value)
}

// malformed is the sentence for what decode found. It never holds a part of the text.
func malformed(err error) string {
	switch {
	case errors.Is(err, errNested):
		return "The request is nested too deeply."
	case errors.Is(err, errDuplicate):
		return "An object of the request holds a name twice."
	default:
		return "The request is not well-formed JSON."
	}
}

// isJSON says whether the body is what it must be: one content type, application/json, UTF-8, not encoded. All the
// types that a foreign page can send without asking (forms, plain text) are something else.
func isJSON(h http.Header) bool {
	types := h.Values("Content-Type")
	if len(types) != 1 || h.Get("Content-Encoding") != "" {
		return false
	}
	media, params, err := mime.ParseMediaType(types[0])
	return err == nil && media == "application/json" && isUTF8(params)
}

func isUTF8(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
