package credential

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"math/big"
	"net/http"

	"github.com/resident-graph/resident-graph/upstream"
)

// Processed is the generator's code for a request that can no longer be cancelled.
const Processed = "IDR-CRG-004"

// Types of credentials.
const (
	Share     = "vercred" // attributes for a partner, as a verifiable credential
	PDFCard   = "PDFCard" // a card as a PDF, made by the Digital Card Service
	PrintCard = "euin"    // a card for a print partner
)

// Attribute is one that is to be shared.
type Attribute struct {
	Name   string // as in the UI schema
	Format string // one of the UI schema's; "" for the attribute as it is
	Masked bool
}

// Request is a request for a credential.
type Request struct {
	ID            string // UIN, VID or AID of whom it is about
	Type          string // Share, PDFCard, PrintCard, or what else the country has
	Issuer        string // the partner it is for
	Recipient     string
	User          string
	Encrypt       bool
	EncryptionKey string         // a PIN, see NewPIN
	Attributes    []Attribute    // those of the partner's policy when none is named
	More          map[string]any // further additional data, which the receiver of the credential sees
}

type wireRequest struct {
	ID             string         `json:"id"`
	CredentialType string         `json:"credentialType"`
	Issuer         string         `json:"issuer"`
	Recipient      *string        `json:"recepiant"` // misspelt on the wire
	User           *string        `json:"user"`
	Encrypt        bool           `json:"encrypt"`
	EncryptionKey  *string        `json:"encryptionKey"`
	Attributes     []string       `json:"sharableAttributes"`
	AdditionalData map[string]any `json:"additionalData"`
}

func (r Request) wire() wireRequest {
	w := wireRequest{
		ID: r.ID, CredentialType: r.Type, Issuer: r.Issuer, Recipient: optional(r.Recipient), User: optional(r.User),
		Encrypt: r.Encrypt, EncryptionKey: optional(r.EncryptionKey), AdditionalData: map[string]any{},
	}
	maps.Copy(w.AdditionalData, r.More)
	formats, masked := map[string]string{}, []string{}
	for _, a := range r.Attributes {
		w.Attributes = append(w.Attributes, a.Name)
		if a.Format != "" {
			formats[a.Name] = a.Format
		}
		if a.Masked {
			masked = append(masked, a.Name)
		}
	}
	if len(r.Attributes) > 0 {
		w.AdditionalData["formatingAttributes"], w.AdditionalData["maskingAttributes"] = formats, masked // misspelt too
	}
	return w
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type wireMade struct {
	RequestID string `json:"requestId"`
}

// Request asks for a credential and returns the id of the request. Every call makes a new one, so it is sent once: when
// the outcome is unknown (Error.Sent), nothing tells whether there is a request, and a partner may get the credential.
// Refused with IDR-IDC-002: no type or no issuer.
func (c *Client) Request(ctx context.Context, r Request) (requestID string, err error) {
	return c.made(ctx, "request", upstream.Call{
		Method: http.MethodPost, Path: "/requestgenerator", Body: wrap(r),
	})
}

// RequestAs asks for a credential under an id of the caller's, such as an AID with CardSuffix, so that what became of it
// can be read when the answer is lost. It is sent once: the same again would start the request anew, and issue twice.
func (c *Client) RequestAs(ctx context.Context, requestID string, r Request) error {
	got, err := c.made(ctx, "request as", upstream.Call{
		Method: http.MethodPost, Path: "/v2/requestgenerator/" + upstream.Segment(requestID), Body: wrap(r),
	})
	if err == nil && got != requestID {
		return c.up.Garbled("request as", "another-request", nil)
	}
	return err
}

// Cancel ends a request that is still NEW, which it is for about a second. Refused with Processed: it no longer is;
// NotFound: no such request. It is sent once.
func (c *Client) Cancel(ctx context.Context, requestID string) error {
	_, err := c.made(ctx, "cancel", upstream.Call{Method: http.MethodGet, Path: "/cancel/" + upstream.Segment(requestID)})
	return err
}

// Retrigger starts a request over, whatever became of it; the partner may get the credential again, so it is sent
// once. NotFound: no such request.
func (c *Client) Retrigger(ctx context.Context, requestID string) error {
	_, err := c.made(ctx, "retrigger", upstream.Call{Method: http.MethodPut, Path: "/retrigger/" + upstream.Segment(requestID)})
	return err
}

// made sends one of the calls that answer with the id of a request.
func (c *Client) made(ctx context.Context, operation string, call upstream.Call) (string, error) {
	call.Operation = operation
	got, err := upstream.Do[wireMade](ctx, c.up, call)
	if err == nil && got.RequestID == "" {
		return "", c.up.Garbled(operation, "no-request-id", nil)
	}
	return got.RequestID, err
}

// wrap uses the id that the resident service sends, although nobody checks it.
func wrap(r Request) upstream.Wrapped {
	return upstream.Wrap("mosip.credential.request.service.id", "1.0", r.wire())
}

// NewPIN returns a random PIN of six digits, 100000 to 999998, as the key of an encrypted credential.
func NewPIN() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(899_999))
	if err != nil {
		return "", fmt.Errorf("draw a PIN: %w", err)
	}
	return fmt.Sprint(100_000 + n.Int64()), nil
}
