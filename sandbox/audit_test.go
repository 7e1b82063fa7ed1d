package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/sandbox"
)

// audit sends a complete record with the changes laid over it; nil removes.
func audit(c *client, changes map[string]any) answer {
	record := map[string]any{
		"eventId": "RES-SER-117", "eventName": "Request to generate VID", "eventType": "Success",
		"actionTimeStamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "hostName": "host", "hostIp": "127.0.0.1",
		"applicationId": "RES_SER", "applicationName": "Resident Service", "sessionUserId": "somebody", "createdBy": "somebody",
	}
	for name, value := range changes {
		record[name] = value
	}
	return c.send(http.MethodPost, "/v1/auditmanager/audits", map[string]any{"request": record})
}

func TestAudits(t *testing.T) {
	c := start(t, sandbox.Options{})
	if a := audit(c, nil); a.codes() != "" || a.status != http.StatusOK {
		t.Fatal(a.body)
	}
	for name, row := range map[string]struct {
		changes        map[string]any
		codes, message string
	}{
		"no event":   {map[string]any{"eventId": nil}, "KER-AUD-001", "Request.eventId must not be null"},
		"empty":      {map[string]any{"hostIp": ""}, "KER-AUD-001", "Request.hostIp size must be between 1 and 256"},
		"too long":   {map[string]any{"id": strings.Repeat("F", 65)}, "KER-AUD-001", "Request.id size must be between 0 and 64"},
		"two faults": {map[string]any{"eventName": nil, "createdBy": nil}, "KER-AUD-001,KER-AUD-001", "Request.eventName must not be null"},
		"local time": {map[string]any{"actionTimeStamp": "2026-03-04T10:15:30"}, "KER-AUD-002", ""},
	} {
		a := audit(c, row.changes)
		if a.codes() != row.codes || row.message != "" && a.Errors[0].Message != row.message {
			t.Errorf("%s: %s", name, a.body)
		}
	}
	var kept []map[string]string
	c.control(http.MethodGet, "/sandbox/audits", nil, &kept)
	if len(kept) != 1 || kept[0]["eventId"] != "RES-SER-117" {
		t.Errorf("kept %v", kept)
	}
}
