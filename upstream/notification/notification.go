// Package notification sends SMS and e-mail through MOSIP's notifier. Success means taken over, not delivered.
package notification

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/resident-graph/resident-graph/upstream"
)

// Client speaks to the notifier; its base URL ends in /v1/notifier.
type Client struct{ up *upstream.Client }

// New makes a client.
func New(up *upstream.Client) *Client { return &Client{up: up} }

// SMS sends a text to a national number. It is sent once: a repetition would be a second SMS.
func (c *Client) SMS(ctx context.Context, number, message string) error {
	return c.post(ctx, upstream.Call{
		Operation: "sms", Method: http.MethodPost, Path: "/sms/send",
		Body: upstream.Wrap("", "", map[string]string{"number": number, "message": message}),
	})
}

// Email sends a mail, plain or HTML, to one address and to no one else. It is sent once.
func (c *Client) Email(ctx context.Context, to, subject, body string) error {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, part := range [][2]string{{"mailTo", to}, {"mailSubject", subject}, {"mailContent", body}} {
		if err := w.WriteField(part[0], part[1]); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.post(ctx, upstream.Call{
		Operation: "email", Method: http.MethodPost, Path: "/email/send",
		Body: upstream.Raw{ContentType: w.FormDataContentType(), Data: form.Bytes()},
	})
}

func (c *Client) post(ctx context.Context, call upstream.Call) error {
	done, err := upstream.Do[struct{ Status string }](ctx, c.up, call)
	if err == nil && !strings.EqualFold(done.Status, "success") {
		return c.up.Garbled(call.Operation, "not-success", nil)
	}
	return err
}
