package resident

import (
	"maps"
	"slices"
	"testing"

	"github.com/resident-graph/resident-graph/store"
)

func TestEveryAuditEventThatIsNamedIsInTheTable(t *testing.T) {
	names := []string{"LOGIN_REQ_SUCCESS", "LOGIN_REQ_FAILURE", "LOGOUT_REQ_SUCCESS", "SEND_NOTIFICATION_SUCCESS",
		"SEND_NOTIFICATION_FAILURE", "REQ_AUTH_LOCK_UNLOCK_SUCCESS", "REQ_AUTH_LOCK_STATUS_SUCCESS", "REQ_AUTH_LOCK_STATUS_FAILED",
		"GET_VIDS_SUCCESS", "GET_VIDS_EXCEPTION", "GET_VID_POLICY_SUCCESS", "GET_VID_POLICY_FAILURE"}
	names = slices.AppendSeq(names, maps.Values(auditNameOfParked))
	for request := range machines {
		for _, status := range []store.EventStatus{store.Success, store.Failed} {
			if name := auditName(&store.Event{RequestType: request, Status: status}, store.InProgress); name != "" {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		if row, ok := auditEvents()[name]; !ok || row.id == "" || row.title == "" || row.moduleID == "" {
			t.Errorf("%s is not in the table: %+v", name, row)
		}
	}
	if len(auditEvents()) != 200 {
		t.Errorf("%d rows, want 200", len(auditEvents()))
	}
}
