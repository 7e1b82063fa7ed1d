// Package credential asks the credential request generator for credentials and cards, and how such requests stand.
package credential

import (
	"context"
	"errors"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// NotFound is the generator's code for a request that it does not know (yet).
const NotFound = "IDR-CRG-003"

// CardSuffix makes the id of the request for an updated card out of the AID of the update.
const CardSuffix = "-PDF"

// Words of the generator itself and the most usual ones of those who get the credential, which may report any text.
const (
	Requested = "NEW"
	Issued    = "ISSUED"
	Failed    = "FAILED"
	Cancelled = "CANCELLED"
	Retry     = "RETRY"
	Stored    = "STORED"
	Received  = "RECEIVED"
)

// Status is how a request stands.
type Status struct {
	RequestID string
	// Word is NEW, ISSUED, FAILED, CANCELLED, RETRY, or whatever the partner reported last (STORED, PRINTING, …).
	Word string
	URL  string // of the data share; "" until there is one
}

// CardURL returns where the card of a request can be fetched, and whether it can. The URL of a request that is only
// Issued is not the card's: it is that of the credential, which is meant for the Digital Card Service.
func (s Status) CardURL() (string, bool) { return s.URL, s.Word == Stored && s.URL != "" }

// Client speaks to the generator; its base URL ends in /v1/credentialrequest.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// Status answers how the request with this id stands; NotFound is the code of the error for an unknown one.
func (c *Client) Status(ctx context.Context, requestID string) (Status, error) {
	const operation = "status"
	wire, err := upstream.Do[struct {
		RequestID  string  `json:"requestId"`
		StatusCode string  `json:"statusCode"`
		URL        *string `json:"url"`
	}](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodGet, Path: "/get/" + upstream.Segment(requestID), Idempotent: true,
	})
	if err != nil {
		return Status{}, err
	}
	if wire.StatusCode == "" {
		return Status{}, c.up.Garbled(operation, "no-status", errors.New("an answer without a status"))
	}
	s := Status{RequestID: wire.RequestID, Word: wire.StatusCode}
	if wire.URL != nil {
		s.URL = *wire.URL
	}
	return s, nil
}
