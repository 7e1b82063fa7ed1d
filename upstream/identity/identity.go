// Package identity reads identities and authentication locks from ID Repository's identity service.
package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/resident-graph/resident-graph/upstream"
)

// Text is one value in one language, an ISO 639-2 code such as eng, ara, fra; und when the identity names none.
type Text struct{ Lang, Value string }

// Identity is what ID Repository holds about one person.
type Identity struct {
	UIN    string
	Status string // ACTIVATED, BLOCKED, DEACTIVATED: ID Repository returns an identity whatever its status
	// FullName has one entry per captured language, in the order of the record.
	FullName                        []Text
	Email, Phone, PreferredLanguage string
	Fields                          map[string]json.RawMessage // the whole record, by physical field name
}

// Active says whether the identity may be used.
func (i *Identity) Active() bool { return i.Status == "ACTIVATED" }

// Client speaks to the identity service; its base URL ends in /idrepository/v1/identity.
type Client struct {
	up     *upstream.Client
	fields atomic.Pointer[mapping]
}

// New makes a client that knows MOSIP's default field names.
func New(up *upstream.Client) *Client {
	c := &Client{up: up}
	c.fields.Store(defaultMapping())
	return c
}

type wireIdentity struct {
	Status   string                     `json:"status"`
	Identity map[string]json.RawMessage `json:"identity"`
}

// Read returns the identity of a UIN, VID or AID. It uses the POST form, which keeps the id out of URLs, and names no
// type, which keeps documents and biometrics out of the answer. Codes worth telling apart: IDR-IDC-007 (unknown),
// IDR-VID-001 (the VID is revoked or expired), IDR-VID-004 (the UIN is not active).
func (c *Client) Read(ctx context.Context, individualID string) (*Identity, error) {
	const operation = "read"
	wire, err := upstream.Do[wireIdentity](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/idvid/", Idempotent: true,
		Body: map[string]string{"id": individualID},
	})
	if err != nil {
		return nil, err
	}
	if wire.Identity == nil {
		return nil, c.up.Garbled(operation, "no-identity", nil)
	}
	m := c.fields.Load()
	return &Identity{
		UIN: m.text(wire.Identity, m.uin), Status: wire.Status, FullName: m.texts(wire.Identity, m.name),
		Email: m.text(wire.Identity, m.email), Phone: m.text(wire.Identity, m.phone),
		PreferredLanguage: m.text(wire.Identity, m.preferredLanguage), Fields: wire.Identity,
	}, nil
}
