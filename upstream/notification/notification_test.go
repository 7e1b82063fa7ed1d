package notification_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/notification"
)

const taken = `{"id":null,"version":null,"responsetime":"2026-03-04T10:15:30.456Z","metadata":null,"response":{"status":"success","message":"Request submitted"},"errors":null}`

func TestSMS(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /sms/send": taken})
	if err := notification.New(s.Client).SMS(t.Context(), "9000000001", "Fertig: ليس"); err != nil {
		t.Fatal(err)
	}
	var sent struct{ Request map[string]string }
	if err := json.Unmarshal(s.Last(t).Body, &sent); err != nil || !cmp.Equal(sent.Request, map[string]string{"number": "9000000001", "message": "Fertig: ليس"}) {
		t.Error(sent, err)
	}
}

func TestEmailGoesToOneAddressOnly(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /email/send": taken})
	if err := notification.New(s.Client).Email(t.Context(), "asha@example.org", "تم", "<p>Fertig\r\n--b1</p>"); err != nil {
		t.Fatal(err)
	}
	asked := s.Last(t)
	kind, params, err := mime.ParseMediaType(asked.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatal(kind, err)
	}
	parts := map[string][]string{}
	for form := multipart.NewReader(bytes.NewReader(asked.Body), params["boundary"]); ; {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(part)
		parts[part.FormName()] = append(parts[part.FormName()], string(text))
	}
	if diff := cmp.Diff(map[string][]string{"mailTo": {"asha@example.org"}, "mailSubject": {"تم"}, "mailContent": {"<p>Fertig\r\n--b1</p>"}}, parts); diff != "" {
		t.Error(diff)
	}
}

func TestNotTaken(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"POST /sms/send":   `{"response":{"status":"failed","message":"no route"},"errors":null}`,
		"POST /email/send": `{"response":null,"errors":[{"errorCode":"KER-NOE-001","message":"To must be valid. It can't be empty or null or invalid address."}]}`,
	})
	c := notification.New(s.Client)
	if err := c.SMS(t.Context(), "9000000001", "x"); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
	if err := c.Email(t.Context(), "nobody", "x", "x"); upstream.KindOf(err) != upstream.Refused || !upstream.HasCode(err, "KER-NOE-001") {
		t.Error(err)
	}
	if s.Count() != 2 {
		t.Errorf("%d sends", s.Count())
	}
}
