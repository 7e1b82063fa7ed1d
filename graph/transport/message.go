package transport

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
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

func nextMessage(id string, resp *graphql.Response) []byte {
	payload, _ := responseJSON(resp)
	return withPayload("next", id, payload)
}

func errorMessage(id string, resp *graphql.Response) []byte {
	if resp != nil && len(resp.Errors) > 0 {
		if payload, err := json.Marshal(resp.Errors); err == nil {
			return withPayload("error", id, payload)
		}
	}
	return withPayload("error", id, []byte(`[{"message":"The answer could not be written.","extensions":{"code":"INTERNAL"}}]`))
}

func completeMessage(id string) []byte {
	return []byte(`{"type":"complete","id":` + quoted(id) + `}`)
}

func withPayload(kind, id string, payload []byte) []byte {
	head := `{"type":"` + kind + `","id":` + quoted(id) + `,"payload":`
	return append(append([]byte(head), payload...), '}')
}

func quoted(id string) string {
	text, _ := json.Marshal(id) // of a string, which cannot fail
	return string(text)
}
