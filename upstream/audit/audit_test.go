package audit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/audit"
	"github.com/resident-graph/resident-graph/upstream/internal/contract"
)

func record(t *testing.T, e audit.Entry) map[string]string {
	t.Helper()
	s := contract.Serve(t, map[string]string{"POST /audits": `{"id":"mosip.kernel.auditmanager.addAudit","version":"1.0","response":{"status":true},"errors":null}`})
	if err := audit.New(s.Client).Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	var sent struct{ Request map[string]string }
	if err := json.Unmarshal(s.Last(t).Body, &sent); err != nil {
		t.Fatal(err)
	}
	return sent.Request
}

func TestRecord(t *testing.T) {
	got := record(t, audit.Entry{
		EventID: "RES-SER-117", EventName: "Request to generate VID", EventType: audit.Success,
		At: time.Date(2026, 3, 4, 10, 15, 30, 120_999_999, time.UTC), HostName: "bff", HostIP: "10.42.0.17",
		SessionUser: "pairwise", IDHash: upstream.RefHash("4752553412"), IDType: "UIN", ModuleName: "VID generation", ModuleID: "RS-VID_GEN", Description: "VID generated",
	})
	if diff := cmp.Diff(map[string]string{
		"eventId": "RES-SER-117", "eventName": "Request to generate VID", "eventType": "Success", "actionTimeStamp": "2026-03-04T10:15:30.120Z",
		"hostName": "bff", "hostIp": "10.42.0.17", "applicationId": "RES_SER", "applicationName": "Resident Service",
		"sessionUserId": "pairwise", "sessionUserName": "pairwise", "createdBy": "pairwise", "id": upstream.RefHash("4752553412"), "idType": "UIN",
		"moduleName": "VID generation", "moduleId": "RS-VID_GEN", "description": "VID generated",
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryRequiredFieldIsFilledAndNoneIsTooLong(t *testing.T) {
	limits := map[string]int{
		"eventId": 64, "eventName": 128, "eventType": 64, "hostName": 128, "hostIp": 256, "applicationId": 64, "applicationName": 128,
		"sessionUserId": 256, "sessionUserName": 128, "createdBy": 256, "id": 64, "idType": 64, "moduleName": 128, "moduleId": 64, "description": 2048,
	}
	long := strings.Repeat("é𐍈", 3000) // one and two units of UTF-16
	full := record(t, audit.Entry{
		EventID: long, EventName: long, EventType: audit.EventType(long), At: time.Now(), HostName: long, HostIP: long, SessionUser: long,
		IDHash: long, IDType: long, ModuleName: long, ModuleID: long, Description: long,
	})
	empty := record(t, audit.Entry{At: time.Now()})
	for field, limit := range limits {
		if units := len(utf16.Encode([]rune(full[field]))); units > limit || units < limit-1 && !strings.HasPrefix(field, "application") {
			t.Errorf("%s has %d of %d", field, units, limit)
		}
		if empty[field] == "" && !strings.HasPrefix(field, "module") && field != "description" {
			t.Errorf("%s is empty", field)
		}
	}
	if empty["id"] != "NO_ID" || empty["idType"] != "NO_ID_TYPE" || empty["sessionUserId"] != "UnknownSessionId" {
		t.Errorf("%v", empty)
	}
}

func TestRecordRefused(t *testing.T) {
	s := contract.Serve(t, map[string]string{"POST /audits": `{"id":null,"version":null,"response":null,"errors":[{"errorCode":"KER-AUD-001","message":"Request.eventId must not be null"}]}`})
	if err := audit.New(s.Client).Record(t.Context(), audit.Entry{}); upstream.KindOf(err) != upstream.Refused || s.Count() != 1 {
		t.Error(err)
	}
}
