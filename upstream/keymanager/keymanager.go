// Package keymanager encrypts, decrypts and signs with MOSIP's Key Manager and computes the token id of a resident.
package keymanager

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/upstream"
)

// Client speaks to Key Manager; its base URL ends in /v1/keymanager.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

type wireCrypto struct {
	ApplicationID string `json:"applicationId,omitempty"`
	ReferenceID   string `json:"referenceId,omitempty"`
	TimeStamp     string `json:"timeStamp,omitempty"`
	Data          string `json:"data"`
}

// Encrypt returns the cipher text in Key Manager's own form, URL-safe base64 without padding, for the key of an
// application and reference, such as RESIDENT and resident_document.
func (c *Client) Encrypt(ctx context.Context, appID, refID string, plain []byte) (string, error) {
	return c.crypto(ctx, "encrypt", appID, refID, base64.RawURLEncoding.EncodeToString(plain))
}

// Decrypt reverses Encrypt. Refused with KER-CRY-003: not a cipher text; KER-CRY-012: not for this service account.
func (c *Client) Decrypt(ctx context.Context, appID, refID, cipherText string) ([]byte, error) {
	data, err := c.crypto(ctx, "decrypt", appID, refID, cipherText)
	if err != nil {
		return nil, err
	}
	plain, err := decode(data)
	if err != nil {
		return nil, c.up.Garbled("decrypt", "not-base64", err)
	}
	return plain, nil
}

// decode reads base64 of either alphabet, padded or not.
func decode(data string) ([]byte, error) {
	data = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(data), "=")
	return base64.RawURLEncoding.DecodeString(data)
}

func (c *Client) crypto(ctx context.Context, operation, appID, refID, data string) (string, error) {
	got, err := upstream.Do[wireCrypto](ctx, c.up, upstream.Call{
		Operation: operation, Method: http.MethodPost, Path: "/" + operation, Idempotent: true,
		Body: upstream.Wrap("", "", wireCrypto{
			ApplicationID: appID, ReferenceID: refID, TimeStamp: upstream.Timestamp(time.Now()), Data: data,
		}),
	})
	if err == nil && got.Data == "" && data != "" {
		return "", c.up.Garbled(operation, "no-data", nil)
	}
	return got.Data, err
}
