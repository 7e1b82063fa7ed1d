package credential_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

func TestStatus(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"GET /get/10001100800001720260312094512-PDF": `{"id":"mosip.credential.request.generator","version":"1.0","response":{"requestId":"10001100800001720260312094512-PDF","id":"10001100800001720260312094512","statusCode":"STORED","url":"http://datashare/v1/x"},"errors":[]}`,
		"GET /get/new":    `{"response":{"requestId":"new","id":"x","statusCode":"NEW","url":null},"errors":[]}`,
		"GET /get/nobody": `{"response":null,"errors":[{"errorCode":"IDR-CRG-003","message":"request id is not present"}]}`,
		"GET /get/empty":  `{"response":{"requestId":"empty"},"errors":[]}`,
	})
	c := credential.New(s.Client)
	got, err := c.Status(t.Context(), "10001100800001720260312094512-PDF")
	want := credential.Status{RequestID: "10001100800001720260312094512-PDF", Word: "STORED", URL: "http://datashare/v1/x"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got, err := c.Status(t.Context(), "new"); err != nil || got.Word != "NEW" || got.URL != "" {
		t.Error(got, err)
	}
	if _, err := c.Status(t.Context(), "nobody"); !upstream.HasCode(err, credential.NotFound) {
		t.Error(err)
	}
	if _, err := c.Status(t.Context(), "empty"); upstream.KindOf(err) != upstream.Garbled {
		t.Error(err)
	}
}
