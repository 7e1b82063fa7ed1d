package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// depth is how deep the values of a request may nest where MaxDepth does not say otherwise.
const depth = 32

var (
	errMalformed = errors.New("not one well-formed JSON text")
	errNested    = errors.New("nested too deeply")
	errDuplicate = errors.New("a name twice in one object")
)

// decode reads one JSON text strictly: UTF-8 without a byte order mark, no name twice in an object, nothing after it,
// and no deeper than depth. Numbers are json.Number, as gqlgen expects them. Two readers that disagree about which of
// two equal names counts are a way around a check, so there is none to disagree about.
func decode(text []byte, depth int) (any, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errMalformed
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return decodeValue(d, depth)
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errMalformed
	}
	open, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth == 0:
		return nil, errNested
	case open == '{':
		return decodeObject(d, depth-1)
	default:
		return decodeArray(d, depth-1)
	}
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errMalformed
		}
		if _, twice := object[name]; twice {
			return nil, errDuplicate
		}
		if object[name], err = decodeValue(d, depth); err != nil {
			return nil, err
		}
	}
	return object, closing(d)
}

func decodeArray(d *json.Decoder, depth int) (any, error) {
	array := []any{}
	for d.More() {
		value, err := decodeValue(d, depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errMalformed
	}
	return nil
}
