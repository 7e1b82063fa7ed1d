package ida_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/ida"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

func TestAuthTransactions(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /authTransactions/individualId/4752553412": `{"id":null,"version":null,"errors":null,"responseTime":"2026-03-02T08:20:00.000Z","response":{"authTransactions":[
		{"transactionID":"4827193650","requestdatetime":"2026-03-02T08:15:30.123","authtypeCode":"OTP-AUTH,FACE-AUTH","statusCode":"Y","statusComment":"OTP Authentication Success","referenceIdType":"UIN","entityName":"mosip-resident-client","requestSignature":null,"responseSignature":"eyJ","tokenId":null,"entityId":null,"individualId":"9F86"},
		{"transactionID":"4827193649","requestdatetime":[2026,3,2,8,15,30,123000000],"authtypeCode":"OTP-REQUEST","statusCode":"N","statusComment":"x","referenceIdType":"VID","entityName":"e","individualId":null}]}}`})
	got, err := ida.New(s.Client).AuthTransactions(t.Context(), "4752553412", 0, 10)
	at := time.Date(2026, 3, 2, 8, 15, 30, 123_000_000, time.UTC)
	if diff := cmp.Diff([]ida.Transaction{
		{ID: "4827193650", At: at, AuthTypes: []string{"OTP-AUTH", "FACE-AUTH"}, Success: true, Comment: "OTP Authentication Success", IDType: "UIN", EntityName: "mosip-resident-client", IDHash: "9F86"},
		{ID: "4827193649", At: at, AuthTypes: []string{"OTP-REQUEST"}, Comment: "x", IDType: "VID", EntityName: "e"},
	}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	asked := s.Last(t)
	if asked.URI != "/authTransactions/individualId/4752553412?pageFetch=10&pageStart=1" || asked.Header.Get("Authorization") == "" {
		t.Errorf("%s %v", asked.URI, asked.Header)
	}
}

func TestUnknownToIDA(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /authTransactions/individualId/1": `{"id":null,"version":null,"errors":[{"errorCode":"IDA-MLC-018","errorMessage":"UIN not available in database"}],"response":null}`})
	_, err := ida.New(s.Client).AuthTransactions(t.Context(), "1", 1, 10)
	if upstream.KindOf(err) != upstream.Refused || !upstream.HasCode(err, "IDA-MLC-018") {
		t.Error(err)
	}
}

// Each row has the signature of its answer, with a certificate in it: it is the greatest part by far.
func TestALongHistoryIsRead(t *testing.T) {
	const rows = 5000
	signature := strings.Repeat("eyJ", 800)
	row := `{"transactionID":"4827193650","requestdatetime":"2026-03-02T08:15:30.123","authtypeCode":"OTP-AUTH","statusCode":"Y","requestSignature":"` +
		signature + `","responseSignature":"` + signature + `"}`
	s := contract.Serve(t, map[string]string{"GET /authTransactions/individualId/1": `{"errors":null,"response":{"authTransactions":[` +
		strings.Repeat(row+",", rows-1) + row + `]}}`})
	c := ida.New(s.Client)
	if got, err := c.AuthTransactions(t.Context(), "1", 1, rows); err != nil || len(got) != rows {
		t.Errorf("%d of %d, %v", len(got), rows, err)
	}
	if _, err := c.AuthTransactions(t.Context(), "1", 1, 10); upstream.KindOf(err) != upstream.Garbled {
		t.Errorf("more than was asked for: %v", err)
	}
}
