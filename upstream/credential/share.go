package credential

import (
	"context"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// Share asks for a credential under an id of the caller's, once: what RequestAs sends again would reach the partner
// again. The id tells afterwards, by Status, whether a request arrived of which no answer came.
func (c *Client) Share(ctx context.Context, requestID string, r Request) error {
	got, err := c.made(ctx, "share", upstream.Call{
		Method: http.MethodPost, Path: "/v2/requestgenerator/" + upstream.Segment(requestID), Body: wrap(r),
	})
	if err == nil && got != requestID {
		return c.up.Garbled("share", "another-request", nil)
	}
	return err
}
