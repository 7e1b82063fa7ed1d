package transport

import (
	"net/http"
	"net/url"

	"github.com/99designs/gqlgen/graphql"
)

// paramsOf reads the parameters of GraphQL-over-HTTP, which are also those of a `subscribe` message. A `documentId` (of
// the persisted documents appendix) stands in for the query and ends in Extensions["documentId"], where nothing else can
// put it.
func paramsOf(body any) (*graphql.RawParams, *refusal) {
	fields, ok := body.(map[string]any)
	if !ok {
		return nil, invalid(http.StatusBadRequest, "The request must be one JSON object.")
	}
	p := &graphql.RawParams{}
	var id string
	switch {
	case !take(fields, "query", &p.Query):
		return nil, invalid(http.StatusBadRequest, "`query` must be a string.")
	case !take(fields, "documentId", &id):
		return nil, invalid(http.StatusBadRequest, "`documentId` must be a string.")
	case !take(fields, "operationName", &p.OperationName):
		return nil, invalid(http.StatusBadRequest, "`operationName` must be a string or null.")
	case !take(fields, "variables", &p.Variables):
		return nil, invalid(http.StatusBadRequest, "`variables` must be an object or null.")
	case !take(fields, "extensions", &p.Extensions):
		return nil, invalid(http.StatusBadRequest, "`extensions` must be an object or null.")
	case p.Query == "" && id == "":
		return nil, invalid(http.StatusBadRequest, "The request holds no `query`.")
	}
	delete(p.Extensions, "documentId")
	if id != "" {
		if p.Extensions == nil {
			p.Extensions = map[string]any{}
		}
		p.Extensions["documentId"] = id
	}
	return p, nil
}

// take sets to from the field and says whether the field is absent, null or of the type wanted.
func take[T any](fields map[string]any, name string, to *T) bool {
	value := fields[name]
	if value == nil {
		return true
	}
	v, ok := value.(T)
	*to = v
	return ok
}

// queryParams reads the parameters from the query of a URL, where variables and extensions are JSON texts.
func queryParams(raw string, depth int) (*graphql.RawParams, *refusal) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, invalid(http.StatusBadRequest, "The query of the URL is not well-formed.")
	}
	fields := map[string]any{}
	for _, name := range []string{"query", "documentId", "operationName", "variables", "extensions"} {
		given := values[name]
		if len(given) > 1 {
			return nil, invalid(http.StatusBadRequest, "A parameter is given twice.")
		}
		if len(given) == 0 || given[0] == "" {
			continue
		}
		fields[name] = given[0]
		if name == "variables" || name == "extensions" {
			if fields[name], err = decode([]byte(given[0]), depth); err != nil {
				return nil, invalid(http.StatusBadRequest, "`variables` and `extensions` must be well-formed JSON.")
			}
		}
	}
	return paramsOf(fields)
}
