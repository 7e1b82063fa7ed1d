package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
)

// appendResponse writes the response as JSON behind what buf holds. A response without data, which is one to a request
// that was not executed, has no `data` entry, as the specification demands; data is copied as the executor made it.
func appendResponse(buf *bytes.Buffer, resp *graphql.Response) error {
	if resp == nil {
		return errors.New("no response")
	}
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
			return fmt.Errorf("errors of a response: %w", err)
		}
		entry("errors", errs)
	}
	if len(resp.Data) > 0 {
		entry("data", resp.Data)
	}
	if len(resp.Extensions) > 0 {
		extensions, err := json.Marshal(resp.Extensions)
		if err != nil {
			return fmt.Errorf("extensions of a response: %w", err)
		}
		entry("extensions", extensions)
	}
	if separator == '{' {
		buf.WriteByte('{')
	}
	buf.WriteByte('}')
	return nil
}

// isRefused says whether the response is one to a request that was not executed.
func isRefused(resp *graphql.Response) bool { return len(resp.Data) == 0 }

// codeOf is the code of the first error, empty when it has none.
func codeOf(resp *graphql.Response) string {
	if len(resp.Errors) == 0 {
		return ""
	}
	code, _ := resp.Errors[0].Extensions["code"].(string)
	return code
}
