package transport

import (
	"bytes"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The messages of graphql-transport-ws without an id.
const (
	ackMessage  = `{"type":"connection_ack"}`
	pingMessage = `{"type":"ping"}`
	pongMessage = `{"type":"pong"}`
)

// maxID is how many bytes the id of an operation may have. Clients send UUIDs or counters.
const maxID = 256

// A message is one that a client may send.
type message struct {
	kind    string
	id      string
	payload map[string]any
	params  *graphql.RawParams
}

// decodeMessage reads a client's message as the protocol defines it; else the fault to close with, which never holds a
// part of the message.
func decodeMessage(text []byte, depth int) (message, *CloseError) {
	// The payload of a message nests one deeper than the body of a request.
	value, err := decode(text, depth+1)
	if err != nil {
		return message{}, badMessage(malformed(err))
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return message{}, badMessage("A message must be a JSON object.")
	}
	var m message
	if !take(fields, "type", &m.kind) || m.kind == "" {
		return message{}, badMessage("`type` must be a string.")
	}
	switch m.kind {
	case "connection_init", "ping", "pong":
		if !take(fields, "payload", &m.payload) {
			return message{}, badMessage("`payload` must be an object or null.")
		}
		return m, nil
	case "subscribe", "complete":
		if !take(fields, "id", &m.id) || m.id == "" || len(m.id) > maxID {
			return message{}, badMessage("`id` must be a string of 1 to 256 bytes.")
		}
	default:
		return message{}, badMessage("The type of the message is not one of the protocol's.")
	}
	if m.kind == "subscribe" {
		var refused *refusal
		if m.params, refused = paramsOf(fields["payload"]); refused != nil {
			return message{}, badMessage(refused.message)
		}
	}
	return m, nil
}

func badMessage(reason string) *CloseError { return &CloseError{Code: 4400, Reason: reason} }

func nextMessage(id string, resp *graphql.Response) ([]byte, error) {
	buf := header(id, "next")
	if err := appendResponse(buf, resp); err != nil {
		return nil, err
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

func errorMessage(id string, errs gqlerror.List) ([]byte, error) {
	text, err := json.Marshal(errs)
	if err != nil {
		return nil, err
	}
	buf := header(id, "error")
	buf.Write(text)
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

func completeMessage(id string) []byte {
	text, _ := json.Marshal(id) // of a string, which cannot fail
	return append(append([]byte(`{"type":"complete","id":`), text...), '}')
}

func header(id, kind string) *bytes.Buffer {
	text, _ := json.Marshal(id) // of a string, which cannot fail
	return bytes.NewBufferString(`{"type":"` + kind + `","id":` + string(text) + `,"payload":`)
}
