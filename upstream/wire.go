package upstream

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Wrapped is the kernel's request envelope.
type Wrapped struct {
	ID          *string `json:"id"`
	Version     *string `json:"version"`
	RequestTime string  `json:"requesttime"`
	Metadata    any     `json:"metadata"`
	Request     any     `json:"request"`
}

// Wrap puts a payload into the kernel's request envelope with the time of now; an empty id or version goes as null.
func Wrap(id, version string, request any) Wrapped {
	w := Wrapped{RequestTime: Timestamp(time.Now()), Request: request}
	if id != "" {
		w.ID = &id
	}
	if version != "" {
		w.Version = &version
	}
	return w
}

// Segment escapes one segment of a path, so that no value can leave it: template codes hold blanks, and ids come
// from outside.
func Segment(s string) string {
	escaped := url.PathEscape(s)
	if s == "." || s == ".." {
		return strings.ReplaceAll(escaped, ".", "%2E")
	}
	return escaped
}

// RefHash returns the upper-case hex SHA-256 of an id, without salt: the form in which IDA, the audit manager and
// resident_transaction.ref_id refer to a UIN, VID or AID.
func RefHash(id string) string { return fmt.Sprintf("%X", sha256.Sum256([]byte(id))) }
