package vid_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
	"github.com/resident-graph/resident-graph/upstream/vid"
)

const uin = "4752553412"

func TestListIsNewestFirst(t *testing.T) {
	s := contract.Serve(t, map[string]string{"GET /uin/" + uin: `{"id":null,"version":null,"responsetime":"2026-03-12T10:12:00.000Z","metadata":null,"response":[
		{"vid":"9254629148652815","vidType":"PERPETUAL","expiryTimestamp":"+10000-01-01T00:00:00","genratedOnTimestamp":"2025-11-02T08:15:30.221","transactionLimit":null,"hashAttributes":{"id_hash":"6F","MODULO":"412","SALT":"c2Fs"}},
		{"vid":"8452182307681041","vidType":"ONETIMEUSE","expiryTimestamp":"9999-12-31T23:59:59.1","genratedOnTimestamp":"2026-03-12T10:10","transactionLimit":2,"hashAttributes":null},
		{"vid":"3670241038657195","vidType":"TEMPORARY","expiryTimestamp":"2026-03-12T10:40:00.398","genratedOnTimestamp":"2026-03-12T10:10:00.398","transactionLimit":2,"hashAttributes":null},
		{"vid":"2222222222222222","vidType":"FAMILY","expiryTimestamp":null,"genratedOnTimestamp":"2026-03-12T10:10","transactionLimit":1}],"errors":[]}`})
	got, err := vid.New(s.Client).List(t.Context(), uin)
	if err != nil {
		t.Fatal(err)
	}
	one, two := 1, 2
	expiry := time.Date(2026, 3, 12, 10, 40, 0, 398_000_000, time.UTC)
	minute := time.Date(2026, 3, 12, 10, 10, 0, 0, time.UTC)
	if diff := cmp.Diff([]*vid.Vid{
		{Number: "3670241038657195", Type: vid.Temporary, Status: vid.Active, CreatedAt: minute.Add(398 * time.Millisecond), ExpiresAt: &expiry, TransactionLimit: &two},
		{Number: "2222222222222222", Type: vid.Temporary, Status: vid.Active, CreatedAt: minute, TransactionLimit: &one},
		{Number: "8452182307681041", Type: vid.OneTimeUse, Status: vid.Active, CreatedAt: minute, TransactionLimit: &two},
		{Number: "9254629148652815", Type: vid.Perpetual, Status: vid.Active, CreatedAt: time.Date(2025, 11, 2, 8, 15, 30, 221_000_000, time.UTC)},
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoVidsIsAnEmptyList(t *testing.T) {
	for _, answer := range []string{
		`{"response":[],"errors":[]}`,
		`{"response":null,"errors":[{"errorCode":"IDR-IDC-007","message":"No Record(s) found"}]}`,
	} {
		s := contract.Serve(t, map[string]string{"GET /uin/" + uin: answer})
		if got, err := vid.New(s.Client).List(t.Context(), uin); err != nil || got == nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", answer, got, err)
		}
	}
}

func TestCreate(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /": `{"id":"mosip.vid.create","response":{"UIN":null,"VID":"3670241038657195","vidStatus":"ACTIVE","restoredVid":null},"errors":[]}`})
	got, err := vid.New(s.Client).Create(t.Context(), uin, vid.OneTimeUse)
	if err != nil || got != "3670241038657195" {
		t.Fatalf("%q, %v", got, err)
	}
	var sent struct {
		ID, Version, RequestTime string
		Request                  map[string]any
	}
	if err := json.Unmarshal(s.Last(t).Body, &sent); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse("2006-01-02T15:04:05.000Z", sent.RequestTime)
	if err != nil || time.Since(at).Abs() > 10*time.Second {
		t.Errorf("requesttime %q", sent.RequestTime)
	}
	if sent.ID != "mosip.vid.create" || sent.Version != "v1" || !cmp.Equal(sent.Request, map[string]any{"UIN": uin, "vidType": "OneTimeUse"}) {
		t.Errorf("%+v", sent)
	}
}

func TestCreateBeyondThePolicy(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /": `{"response":null,"errors":[{"errorCode":"IDR-VID-003","message":"Could not generate/regenerate VID as per policy"}]}`})
	_, err := vid.New(s.Client).Create(t.Context(), uin, vid.Temporary)
	if upstream.KindOf(err) != upstream.Refused || !upstream.HasCode(err, vid.PolicyRefused) || s.Count() != 1 {
		t.Errorf("%v after %d", err, s.Count())
	}
}

func TestRevoke(t *testing.T) {
	for answer, restored := range map[string]string{
		`{"response":{"UIN":null,"VID":null,"vidStatus":"REVOKED","restoredVid":null},"errors":[]}`:                                                                          "",
		`{"response":{"UIN":null,"VID":null,"vidStatus":"REVOKED","restoredVid":{"UIN":null,"VID":"8452182307681041","vidStatus":"ACTIVE","restoredVid":null}},"errors":[]}`: "8452182307681041",
	} {
		s := contract.Serve(t, map[string]string{"PATCH /9254629148652815": answer})
		if got, err := vid.New(s.Client).Revoke(t.Context(), uin, "9254629148652815"); err != nil || got != restored {
			t.Errorf("%q, %v", got, err)
		}
	}
	unchanged := contract.Serve(t, map[string]string{"PATCH /1": `{"response":{"vidStatus":"ACTIVE"},"errors":[]}`})
	if _, err := vid.New(unchanged.Client).Revoke(t.Context(), uin, "1"); upstream.KindOf(err) != upstream.Garbled {
		t.Errorf("a VID that stayed active was taken as revoked: %v", err)
	}
}

func TestUIN(t *testing.T) {
	s := contract.Serve(t, map[string]string{
		"GET /3670241038657195": `{"response":{"UIN":"4752553412","VID":null,"vidStatus":null,"restoredVid":null},"errors":[]}`,
		"GET /9254629148652815": `{"response":null,"errors":[{"errorCode":"IDR-VID-001","message":"VID is REVOKED"}]}`,
	})
	c := vid.New(s.Client)
	if got, err := c.UIN(t.Context(), "3670241038657195"); err != nil || got != uin {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := c.UIN(t.Context(), "9254629148652815"); !upstream.HasCode(err, "IDR-VID-001") {
		t.Error(err)
	}
}

func TestMaskedAndHash(t *testing.T) {
	for number, masked := range map[string]string{"3670241038657195": "3XXXXXXXXXXXXX95", "1234": "1X34", "123": "XXX", "": ""} {
		if got := (&vid.Vid{Number: number}).Masked(); got != masked {
			t.Errorf("%q: %q", number, got)
		}
	}
	if got := (&vid.Vid{Number: "abc"}).Hash(); got != upstream.RefHash("abc") {
		t.Error(got)
	}
}

func TestParsePolicies(t *testing.T) {
	got, err := vid.ParsePolicies([]byte(`{"vidPolicies":[
		{"vidType":"Perpetual","vidPolicy":{"validForInMinutes":null,"transactionsAllowed":null,"instancesAllowed":1,"autoRestoreAllowed":true,"restoreOnAction":"REVOKED"}},
		{"vidType":"OneTimeUse","vidPolicy":{"validForInMinutes":null,"transactionsAllowed":2,"instancesAllowed":5,"autoRestoreAllowed":false,"restoreOnAction":"REVOKED"}},
		{"vidType":"Family","vidPolicy":{"instancesAllowed":9}},
		{"vidType":"Temporary","vidPolicy":{"validForInMinutes":30,"transactionsAllowed":2,"instancesAllowed":5,"autoRestoreAllowed":false,"restoreOnAction":"REGENERATE"}}]}`))
	one, two, five, thirty := 1, 2, 5, 30
	if diff := cmp.Diff([]vid.Policy{
		{Type: vid.Perpetual, InstancesAllowed: &one, AutoRestore: true, RestoreOnAction: "REVOKED"},
		{Type: vid.OneTimeUse, TransactionsAllowed: &two, InstancesAllowed: &five, RestoreOnAction: "REVOKED"},
		{Type: vid.Temporary, ValidForMinutes: &thirty, TransactionsAllowed: &two, InstancesAllowed: &five, RestoreOnAction: "REGENERATE"},
	}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, raw := range []string{`{}`, `<html>`, `{"vidPolicies":[{"vidType":"Family"}]}`} {
		if got, err := vid.ParsePolicies([]byte(raw)); err == nil {
			t.Errorf("%s: %v", raw, got)
		}
	}
}
