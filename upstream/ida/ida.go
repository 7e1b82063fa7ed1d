// Package ida reads from ID Authentication's internal services.
package ida

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// Transaction is one use of an identity, as IDA recorded it.
type Transaction struct {
	ID         string // the transactionID of who asked
	At         time.Time
	AuthTypes  []string // IDA's codes, for example OTP-AUTH, FACE-AUTH
	Success    bool
	Comment    string
	IDType     string // of the id that was used: UIN or VID
	EntityName string // who asked
	IDHash     string // upstream.RefHash of the id that was used
}

// Client speaks to IDA; its base URL ends in /idauthentication/v1/internal.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// Of a transaction most bytes are the signatures of request and answer, which IDA sends along: two JWS with a certificate.
const maxBytesEach, maxBytesBeside = 8 << 10, 64 << 10

type wireTransactions struct {
	Transactions []struct {
		ID         string            `json:"transactionID"`
		At         upstream.WireTime `json:"requestdatetime"`
		AuthTypes  string            `json:"authtypeCode"`
		Status     string            `json:"statusCode"`
		Comment    string            `json:"statusComment"`
		IDType     string            `json:"referenceIdType"`
		EntityName string            `json:"entityName"`
		IDHash     string            `json:"individualId"`
	} `json:"authTransactions"`
}

// AuthTransactions returns a page of the history of a UIN or VID, newest first; pages count from 1. Without page and
// size IDA would return everything, so both are at least 1. IDA-MLC-018: IDA does not know the id (yet).
func (c *Client) AuthTransactions(ctx context.Context, individualID string, page, size int) ([]Transaction, error) {
	size = max(size, 1)
	wire, err := upstream.Do[wireTransactions](ctx, c.up, upstream.Call{
		Operation: "auth-transactions", Method: http.MethodGet, Idempotent: true,
		Path: "/authTransactions/individualId/" + upstream.Segment(individualID),
		Query: url.Values{
			"pageStart": {strconv.Itoa(max(page, 1))}, "pageFetch": {strconv.Itoa(size)},
		},
		// IDA's filters look for a non-empty header and not at its value; the token is in the cookie.
		Header:   http.Header{"Authorization": {"futureProof"}},
		MaxBytes: maxBytesBeside + int64(size)*maxBytesEach,
	})
	if err != nil {
		return nil, err
	}
	history := make([]Transaction, 0, len(wire.Transactions))
	for _, w := range wire.Transactions {
		history = append(history, Transaction{
			ID: w.ID, At: w.At.Time, AuthTypes: strings.FieldsFunc(w.AuthTypes, func(r rune) bool { return r == ',' || r == ' ' }),
			Success: strings.EqualFold(w.Status, "Y"), Comment: w.Comment, IDType: w.IDType, EntityName: w.EntityName, IDHash: w.IDHash,
		})
	}
	return history, nil
}
