package transport

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

const unwritable = `{"errors":[{"message":"The answer could not be written.","extensions":{"code":"INTERNAL"}}]}`

// responseJSON is the response as JSON. A response without data, which is one to a request that was not executed, has no
// `data` entry, as the specification demands; data is copied as the executor made it. What cannot be written, and a
// response that says nothing, becomes an error with INTERNAL and false.
func responseJSON(resp *graphql.Response) ([]byte, bool) {
	if resp == nil || len(resp.Data) == 0 && len(resp.Errors) == 0 {
		return []byte(unwritable), false
	}
	var buf bytes.Buffer
	separator := byte('{')
	entry := func(name string, value []byte) {
		buf.WriteByte(separator)
		separator = ','
		buf.WriteByte('"')
		buf.WriteString(name)
		buf.WriteString(`":`)
		buf.Write(value)
	}
	if len(resp.Errors) > 0 {
		errs, err := json.Marshal(resp.Errors)
		if err != nil {
			return []byte(unwritable), false
		}
		entry("errors", errs)
	}
	if len(resp.Data) > 0 {
		entry("data", resp.Data)
	}
	if len(resp.Extensions) > 0 {
		extensions, err := json.Marshal(resp.Extensions)
		if err != nil {
			return []byte(unwritable), false
		}
		entry("extensions", extensions)
	}
	buf.WriteByte('}')
	return buf.Bytes(), true
}

// isRefused says whether the response is one to a request that was not executed.
func isRefused(resp *graphql.Response) bool { return len(resp.Data) == 0 }

// codeOf is the code of the first error, empty when it has none.
func codeOf(resp *graphql.Response) string {
	if len(resp.Errors) == 0 {
		return ""
	}
	code, ok := resp.Errors[0].Extensions["code"]
	if !ok {
		return ""
	}
	// Presenters set codes of their own string types.
	return fmt.Sprint(code)
}
