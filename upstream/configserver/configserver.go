// Package configserver reads the JSON files that MOSIP keeps at its configuration server.
package configserver

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// Files by name.
const (
	VidPolicy       = "mosip-vid-policy.json"
	IdentityMapping = "identity-mapping.json"
	AmrAcrMapping   = "amr-acr-mapping.json"
)

// Client speaks to the configuration server; its base URL is the folder of the files.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// File returns a JSON file as it is kept, without blanks around it; a missing one is an error with code http-404.
func (c *Client) File(ctx context.Context, name string) ([]byte, error) {
	return upstream.Do[json.RawMessage](ctx, c.up, upstream.Call{
		Operation: "file", Method: http.MethodGet, Path: "/" + upstream.Segment(name), Idempotent: true, Plain: true,
	})
}
