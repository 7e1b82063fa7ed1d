package identity

import (
	"context"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// RID returns the registration id (AID) that made or last updated the identity of a UIN, VID or AID: it is another one
// after each update that was processed. IDR-IDC-007: unknown.
func (c *Client) RID(ctx context.Context, individualID string) (string, error) {
	const operation = "rid"
	got, err := upstream.Do[struct {
		RID string `json:"rid"`
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Path: "/rid/" + upstream.Segment(individualID), Idempotent: true,
	})
	if err == nil && got.RID == "" {
		return "", c.up.Garbled(operation, "no-rid", nil)
	}
	return got.RID, err
}
