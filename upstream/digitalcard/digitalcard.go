// Package digitalcard asks MOSIP's Digital Card Service where a card is. It is the second way to know: MOSIP's resident
// service asks the credential request generator, for a UIN card about the AID's request (credential.CardSuffix), for
// the card of a VID about the request it made; both lead to the same URL at Data Share.
package digitalcard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/resident-graph/resident-graph/upstream"
)

// ErrNotReady says that there is no card yet.
var ErrNotReady = errors.New("the card is not ready")

// Available is the status of a card that can be fetched.
const Available = "AVAILABLE"

// Card is where a card is.
type Card struct {
	ID     string // as it was asked
	Status string // Available
	URL    string // at Data Share
}

// Client speaks to the Digital Card Service; its base URL ends in /v1/digitalcard.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// Card returns where the card is that was made for an id: an AID, a VID, or the UIN that it was requested with. There
// is none by UIN for a card that was requested by AID. ErrNotReady: not yet; where its initiate flag is set, the
// service begins to make the card by being asked. It is sent again when the service is unavailable.
func (c *Client) Card(ctx context.Context, id string) (Card, error) {
	const operation = "card"
	wire, err := upstream.Do[struct {
		ID         string  `json:"id"`
		StatusCode string  `json:"statusCode"`
		URL        *string `json:"url"`
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Path: "/" + upstream.Segment(id), Idempotent: true,
	})
	if err != nil {
		return Card{}, explain(err)
	}
	if wire.StatusCode != Available || wire.URL == nil || *wire.URL == "" {
		return Card{}, c.up.Garbled(operation, "no-url", nil)
	}
	return Card{ID: wire.ID, Status: wire.StatusCode, URL: *wire.URL}, nil
}

// explain tells "not yet" from trouble by the text: every failure of this service is an orderly answer with the same
// code, also that another service did not answer it.
func explain(err error) error {
	e, ok := errors.AsType[*upstream.Error](err)
	switch {
	case !ok || e.Kind != upstream.Refused:
		return err
	case strings.Contains(e.Message, "not generated"):
		return fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	trouble := *e
	trouble.Kind = upstream.Unavailable
	return &trouble
}
