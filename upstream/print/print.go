// Package print asks a print partner whether an ordered card was paid, and knows how residents go to the partner's
// page and come back.
package print

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/resident-graph/resident-graph/upstream"
)

// What a partner says of an order that was not paid.
var (
	ErrPaymentFailed    = errors.New("the payment failed")
	ErrPaymentCancelled = errors.New("the payment was cancelled")
	ErrTechnical        = errors.New("the partner has technical trouble")
	ErrCannotOrder      = errors.New("the partner takes no order now")
)

// Order is an order that was paid.
type Order struct {
	TransactionID string // of the payment, as it was asked
	TrackingID    string
}

// Client asks one partner; its base URL is the whole address of the question, …/check-order-status. It should have no
// token source: a partner is not one of MOSIP's services.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// Status returns the order that a payment belongs to. The contract has no field for the event: that a transaction is
// used for one event only is the caller's to keep. The individual id travels in the query, as the contract has it.
func (c *Client) Status(ctx context.Context, transactionID, individualID string) (Order, error) {
	const operation = "order status"
	wire, err := upstream.Do[struct {
		TrackingID    string `json:"trackingId"`
		TransactionID string `json:"transactionId"`
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Idempotent: true,
		Query: url.Values{"transactionId": {transactionID}, "individualId": {individualID}},
	})
	if err != nil {
		return Order{}, explain(err)
	}
	if wire.TransactionID != transactionID || wire.TrackingID == "" {
		return Order{}, c.up.Garbled(operation, "another-order", nil)
	}
	return Order{TransactionID: wire.TransactionID, TrackingID: wire.TrackingID}, nil
}

// explain puts a partner's refusal before the error.
func explain(err error) error {
	for code, reason := range map[string]error{
		"RES-SER-475": ErrPaymentFailed, "RES-SER-476": ErrPaymentCancelled,
		"RES-SER-477": ErrTechnical, "RES-SER-478": ErrCannotOrder,
	} {
		if upstream.HasCode(err, code) {
			return fmt.Errorf("%w: %w", reason, err)
		}
	}
	return err
}
