package vid

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/resident-graph/resident-graph/upstream"
)

// NotFound is ID Repository's code for a VID or UIN that it does not know.
const NotFound = "IDR-IDC-007"

// PolicyRefused is its code for a VID that the policy does not allow (all instances are taken).
const PolicyRefused = "IDR-VID-003"

// Client speaks to the VID service; its base URL ends in /idrepository/v1/vid.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

type wireVid struct {
	Number    string            `json:"vid"`
	Type      string            `json:"vidType"`
	Expires   upstream.WireTime `json:"expiryTimestamp"`
	Generated upstream.WireTime `json:"genratedOnTimestamp"` // misspelt on the wire
	Limit     *int              `json:"transactionLimit"`
}

// List returns the active, unexpired VIDs of a UIN, newest first; none is an empty list.
func (c *Client) List(ctx context.Context, uin string) ([]*Vid, error) {
	wire, err := upstream.Do[[]wireVid](ctx, c.up, upstream.Call{
		Operation: "list", Method: http.MethodGet, Path: "/uin/" + upstream.Segment(uin), Idempotent: true,
	})
	if upstream.HasCode(err, NotFound) { // how older releases say that there is none
		return []*Vid{}, nil
	}
	if err != nil {
		return nil, err
	}
	vids := make([]*Vid, 0, len(wire))
	for _, w := range wire {
		vids = append(vids, w.vid())
	}
	slices.SortFunc(vids, func(a, b *Vid) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.Number, b.Number))
	})
	return vids, nil
}

func (w wireVid) vid() *Vid {
	v := &Vid{Number: w.Number, Status: Active, CreatedAt: w.Generated.Time, TransactionLimit: w.Limit}
	v.Type, _ = parseType(w.Type)
	if !w.Expires.IsZero() && w.Expires.Year() < 9999 { // the year in which "never" ends
		v.ExpiresAt = &w.Expires.Time
	}
	return v
}

// wireChange is the request of every write and the answer of every call but List; the keys are in capitals here.
type wireChange struct {
	UIN      string      `json:"UIN,omitempty"`
	VID      string      `json:"VID,omitempty"`
	Type     string      `json:"vidType,omitempty"`
	Status   string      `json:"vidStatus,omitempty"`
	Restored *wireChange `json:"restoredVid,omitempty"`
}

// Create makes a VID and returns its number. Creating a perpetual one silently revokes the one before. It is sent
// once: when the outcome is unknown (Error.Sent), List tells. PolicyRefused: no more of this type.
func (c *Client) Create(ctx context.Context, uin string, t Type) (number string, err error) {
	const operation = "create"
	made, err := upstream.Do[wireChange](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost,
		Body: upstream.Wrap("mosip.vid.create", "v1", wireChange{UIN: uin, Type: t.wire()}),
	})
	if err == nil && made.VID == "" {
		return "", c.up.Garbled(operation, "no-vid", nil)
	}
	return made.VID, err
}

// Revoke ends a VID for good and returns the number that the policy put in its place, "" when none. It is sent once; a
// repetition is answered with IDR-VID-001. That the VID belongs to the caller is not checked by the service.
func (c *Client) Revoke(ctx context.Context, uin, number string) (restored string, err error) {
	const operation = "revoke"
	done, err := upstream.Do[wireChange](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPatch, Path: "/" + upstream.Segment(number),
		Body: upstream.Wrap("mosip.vid.update", "v1", wireChange{UIN: uin, Status: string(Revoked)}),
	})
	if err != nil {
		return "", err
	}
	if !strings.EqualFold(done.Status, string(Revoked)) {
		return "", c.up.Garbled(operation, "not-revoked", nil)
	}
	if done.Restored != nil {
		restored = done.Restored.VID
	}
	return restored, nil
}

// UIN returns the UIN behind a usable VID. IDR-VID-001: revoked or expired; IDR-VID-004: its UIN is not active;
// NotFound: no such VID.
func (c *Client) UIN(ctx context.Context, number string) (string, error) {
	const operation = "uin"
	got, err := upstream.Do[wireChange](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Path: "/" + upstream.Segment(number), Idempotent: true,
	})
	if err == nil && got.UIN == "" {
		return "", c.up.Garbled(operation, "no-uin", nil)
	}
	return got.UIN, err
}
