package print

import (
	"context"
	"net/http"
	"net/url"

	"github.com/resident-graph/resident-graph/upstream"
)

// Orders asks a partner which payment belongs to an order. MOSIP's contract lacks the question: without it, nobody knows
// of a payment whose resident did not come back. Its base URL is the whole address of the question.
type Orders struct{ up *upstream.Client }

// NewOrders makes a client; like that of New it should have no token source.
func NewOrders(up *upstream.Client) *Orders { return &Orders{up: up} }

// Payment returns the transaction of the payment for an event, or of the last attempt at one; "" when there was none.
// Whether it was paid is Status's to tell.
func (o *Orders) Payment(ctx context.Context, eventID string) (transactionID string, err error) {
	const operation = "order payment"
	wire, err := upstream.Do[struct {
		EventID       string  `json:"eventId"`
		TransactionID *string `json:"transactionId"`
	}](ctx, o.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Idempotent: true, Query: url.Values{"eventId": {eventID}},
	})
	switch {
	case err != nil:
		return "", err
	case wire.EventID != eventID, wire.TransactionID != nil && !transactionIDs.MatchString(*wire.TransactionID):
		return "", o.up.Garbled(operation, "another-order", nil)
	case wire.TransactionID == nil:
		return "", nil
	}
	return *wire.TransactionID, nil
}
