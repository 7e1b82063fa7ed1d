package registration_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/registration"
)

func TestStatus(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /registrationstatus/externalstatus/search": `{"id":"mosip.registration.external.status","response":[{"registrationId":"1","statusCode":"PROCESSING","additionalInfoReqId":null}],"errors":[]}`})
	c := registration.New(s.Client)
	if got, err := c.Status(t.Context(), "1"); err != nil || got != "PROCESSING" {
		t.Error(got, err)
	}
	if _, err := c.Status(t.Context(), "2"); upstream.KindOf(err) != upstream.Garbled {
		t.Errorf("an answer about another packet: %v", err)
	}
}

func TestUnknownPacket(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"POST /registrationstatus/externalstatus/search": `{"response":[],"errors":[{"registrationId":"1","errorCode":"RPR-RGS-031","errorMessage":"RID Not Found"}]}`,
		"GET /registrationtransaction/search/1":          `{"response":null,"errors":[{"errorCode":"RPR-RTS-001","errorMessage":"RID Not Found"}]}`,
	})
	c := registration.New(s.Client)
	if _, err := c.Status(t.Context(), "1"); !upstream.HasCode(err, registration.NotFound) {
		t.Error(err)
	}
	if _, err := c.Transactions(t.Context(), "1"); !upstream.HasCode(err, registration.TransactionsNotFound) {
		t.Error(err)
	}
}

func TestTransactionsComeNewestFirst(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /registrationtransaction/search/1": `{"response":[
		{"id":"a","registrationId":"1","transactionTypeCode":"PACKET_RECEIVER","statusCode":"SUCCESS","createdDateTimes":"2026-03-12T09:45:17.000Z"},
		{"id":"b","registrationId":"1","transactionTypeCode":"VALIDATE_PACKET","statusCode":"PROCESSED","createdDateTimes":"2026-03-12T09:47:02.000Z"}],"errors":null}`})
	got, err := registration.New(s.Client).Transactions(t.Context(), "1")
	want := []registration.Transaction{
		{Type: "VALIDATE_PACKET", Status: "PROCESSED", At: time.Date(2026, 3, 12, 9, 47, 2, 0, time.UTC)},
		{Type: "PACKET_RECEIVER", Status: "SUCCESS", At: time.Date(2026, 3, 12, 9, 45, 17, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
