package file

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
)

// Ref is the number of an indirect object; 0 is none.
type Ref int

// Name is a PDF name without its solidus, of ASCII letters and digits.
type Name string

// Dict is a dictionary; entries whose value is nil are left out.
type Dict map[Name]any

// Array is a list of objects.
type Array []any

// Text is a string for people to read, written in UTF-16.
type Text string

// Bytes is a string that is not text, such as a date or an identifier.
type Bytes []byte

// object appends the syntax of v (ISO 32000-1, 7.3): nil, bool, int, float64 or one of the types above.
func (w *Writer) object(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		return AppendNumber(dst, v)
	case Ref:
		return fmt.Appendf(dst, "%d 0 R", int(v))
	case Name:
		return append(append(dst, '/'), v...)
	case Text:
		return w.literal(dst, utf16Text(string(v)))
	case Bytes:
		return w.literal(dst, v)
	case Array:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = w.object(dst, e)
		}
		return append(dst, ']')
	case Dict:
		return w.dict(dst, v)
	}
	w.fail(fmt.Errorf("pdf: no syntax for %T", v))
	return dst
}

// dict sorts its keys, so that the same input makes the same bytes.
func (w *Writer) dict(dst []byte, d Dict) []byte {
	keys := make([]Name, 0, len(d))
	for k, v := range d {
		if v != nil {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	dst = append(dst, "<<"...)
	for _, k := range keys {
		dst = append(append(append(dst, '/'), k...), ' ')
		dst = w.object(dst, d[k])
	}
	return append(dst, ">>"...)
}

// literal writes a string in hexadecimal, which needs no escapes, encrypted where the file is.
func (w *Writer) literal(dst, s []byte) []byte {
	if w.crypt != nil {
		s = w.crypt.seal(s)
	}
	return fmt.Appendf(dst, "<%x>", s)
}

// AppendNumber appends a real with at most three decimals: a thousandth of a point.
func AppendNumber(dst []byte, f float64) []byte {
	dst = strconv.AppendFloat(dst, f, 'f', 3, 64)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func utf16Text(s string) []byte {
	return AppendUTF16([]byte{0xfe, 0xff}, s)
}

// AppendUTF16 appends s in big-endian UTF-16 without a byte order mark.
func AppendUTF16(dst []byte, s string) []byte {
	for _, u := range utf16.Encode([]rune(s)) {
		dst = append(dst, byte(u>>8), byte(u&0xff))
	}
	return dst
}
