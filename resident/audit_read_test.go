package resident

import (
	"errors"
	"testing"
)

func TestEveryReadHasItsAuditEvents(t *testing.T) {
	for read, want := range map[Read][2]string{
		ReadProfile:       {"RES-SER-314", "RES-SER-315"},
		ReadVids:          {"RES-SER-192", "RES-SER-193"},
		ReadVidPolicies:   {"RES-SER-225", "RES-SER-226"},
		ReadAuthLocks:     {"RES-SER-183", "RES-SER-184"},
		ReadHistory:       {"RES-SER-303", "RES-SER-304"},
		ReadEvent:         {"RES-SER-233", "RES-SER-234"},
		ReadNotifications: {"RES-SER-309", "RES-SER-310"},
		ReadUnreadCount:   {"RES-SER-306", "RES-SER-307"},
		ReadPartners:      {"RES-SER-187", "RES-SER-188"},
	} {
		for i, err := range []error{nil, errors.New("not read")} {
			if got := auditEvents()[read.audited(err)].id; got != want[i] {
				t.Errorf("%s with %v is %q, want %s", read, err, got, want[i])
			}
		}
	}
}
