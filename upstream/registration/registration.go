// Package registration asks Registration Processor how the packet of an update stands.
package registration

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// The codes for an AID that Registration Processor does not know, of Status and of Transactions.
const (
	NotFound             = "RPR-RGS-031"
	TransactionsNotFound = "RPR-RTS-001"
)

// The external statuses that say more than that the packet is on its way.
const (
	UINGenerated = "UIN_GENERATED" // the update is done
	Rejected     = "REJECTED"
	Reregister   = "REREGISTER" // failed for good
)

// Client speaks to Registration Processor; its base URL ends in /registrationprocessor/v1.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// Status answers the external status of an AID. PROCESSED means past the door, not finished; NotFound is the code of the
// error for an unknown AID.
func (c *Client) Status(ctx context.Context, aid string) (string, error) {
	const operation = "external-status"
	wire, err := upstream.Do[[]struct {
		ID     string `json:"registrationId"`
		Status string `json:"statusCode"`
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/registrationstatus/externalstatus/search", Idempotent: true,
		Body: map[string]any{
			"id": "mosip.registration.external.status", "version": "1.0", "requesttime": upstream.Timestamp(time.Now()),
			"request": []map[string]string{{"registrationId": aid}},
		},
	})
	if err != nil {
		return "", err
	}
	for _, w := range wire {
		if w.ID == aid && w.Status != "" {
			return w.Status, nil
		}
	}
	return "", c.up.Garbled(operation, "not-asked-for", nil)
}

// Transaction is one step that a packet went through.
type Transaction struct {
	Type   string // PACKET_RECEIVER, VALIDATE_PACKET, UIN_GENERATOR, …
	Status string // PROCESSED, SUCCESS, FAILED, …
	At     time.Time
}

// Transactions answers the steps of an AID, newest first; TransactionsNotFound is the code of the error for an unknown
// AID.
func (c *Client) Transactions(ctx context.Context, aid string) ([]Transaction, error) {
	wire, err := upstream.Do[[]struct {
		Type   string            `json:"transactionTypeCode"`
		Status string            `json:"statusCode"`
		At     upstream.WireTime `json:"createdDateTimes"`
	}](ctx, c.up, upstream.Call{
		Operation: "transactions", Method: http.MethodGet, Idempotent: true,
		Path: "/registrationtransaction/search/" + upstream.Segment(aid),
	})
	if err != nil {
		return nil, err
	}
	steps := make([]Transaction, 0, len(wire))
	for _, w := range wire {
		steps = append(steps, Transaction{Type: w.Type, Status: w.Status, At: w.At.Time})
	}
	slices.SortStableFunc(steps, func(a, b Transaction) int { return b.At.Compare(a.At) })
	return steps, nil
}
