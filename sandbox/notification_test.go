package sandbox_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/resident-graph/resident-graph/sandbox"
)

// email sends a form of parts given as name, value, name, value …
func email(c *client, parts ...string) answer {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(parts); i += 2 {
		if err := form.WriteField(parts[i], parts[i+1]); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	return c.send(http.MethodPost, "/v1/notifier/email/send", nil, func(r *http.Request) {
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	})
}

func sms(c *client, number, message string) answer {
	return c.send(http.MethodPost, "/v1/notifier/sms/send",
		map[string]any{"request": map[string]string{"number": number, "message": message}})
}

func TestMailbox(t *testing.T) {
	c := start(t, sandbox.Options{})
	if a := email(c, "mailTo", "a@example.org", "mailTo", "b@example.org", "mailSubject", "Sujet", "mailContent", "نص"); a.codes() != "" {
		t.Fatal(a.body)
	}
	if a := sms(c, "9123004567", "a word"); a.codes() != "" {
		t.Fatal(a.body)
	}
	var box []struct {
		Channel, Subject, Content string
		To                        []string
	}
	c.control(http.MethodGet, "/sandbox/mailbox?to=B@example.org", nil, &box)
	if len(box) != 1 || box[0].Content != "نص" || box[0].Channel != "email" {
		t.Errorf("got %+v", box)
	}
	c.control(http.MethodGet, "/sandbox/mailbox", nil, &box)
	if len(box) != 2 || box[0].Channel != "sms" {
		t.Errorf("the newest is not first: %+v", box)
	}
}

func TestNotificationsAreChecked(t *testing.T) {
	c := start(t, sandbox.Options{})
	for name, row := range map[string]struct {
		got   answer
		codes string
	}{
		"no number":     {sms(c, "", "text"), "KER-NOS-001"},
		"no message":    {sms(c, "9123004567", " "), "KER-NOS-001"},
		"short number":  {sms(c, "1234567", "text"), "KER-NOS-001"},
		"nothing":       {email(c), "KER-NOE-001,KER-NOE-002,KER-NOE-003"},
		"no address":    {email(c, "mailTo", "somebody", "mailSubject", "s", "mailContent", "c"), "KER-NOE-001"},
		"no subject":    {email(c, "mailTo", "a@example.org", "mailContent", "c"), "KER-NOE-002"},
		"blank content": {email(c, "mailTo", "a@example.org", "mailSubject", "s", "mailContent", " "), "KER-NOE-003"},
		"no form":       {c.send(http.MethodPost, "/v1/notifier/email/send", map[string]any{}), "KER-NOE-999"},
	} {
		if row.got.codes() != row.codes || row.got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, row.got.status, row.got.body)
		}
	}
}
