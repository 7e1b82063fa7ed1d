package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"
)

// auditRecord is what somebody did, as Audit Manager keeps it.
type auditRecord map[string]string

// auditManager takes audit records.
type auditManager struct {
	records *ledger[auditRecord]
}

// auditFields are the fields of a record with their limits.
var auditFields = []struct {
	name     string
	required bool
	length   int
}{
	{"eventId", true, 64}, {"eventName", true, 128}, {"eventType", true, 64},
	{"hostName", true, 128}, {"hostIp", true, 256}, {"applicationId", true, 64}, {"applicationName", true, 128},
	{"sessionUserId", true, 256}, {"sessionUserName", false, 128}, {"id", false, 64}, {"idType", false, 64},
	{"createdBy", true, 256}, {"moduleName", false, 128}, {"moduleId", false, 64}, {"description", false, 2048},
}

// endpoints of Audit Manager: any valid token will do.
func (a *auditManager) endpoints() []endpoint {
	return []endpoint{{"audit", "POST /v1/auditmanager/audits", serviceToken, nil, a.add}}
}

func (a *auditManager) add(w http.ResponseWriter, r *http.Request) {
	var body request[map[string]*string]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, nil, nil, kernelError{"KER-AUD-002", "JSON parse error: " + err.Error()})
		return
	}
	if body.Request == nil {
		refuse(w, nil, nil, kernelError{"KER-AUD-001", "Request must not be null"})
		return
	}
	fields := *body.Request
	if at := fields["actionTimeStamp"]; at != nil {
		if _, err := time.Parse(wireTime, *at); err != nil {
			refuse(w, nil, nil, kernelError{"KER-AUD-002", "JSON parse error: actionTimeStamp is not " +
				"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"})
			return
		}
	}
	if found := checkAudit(fields); len(found) > 0 {
		refuse(w, nil, nil, found...)
		return
	}
	record := auditRecord{}
	for name, value := range fields {
		record[name] = text(value)
	}
	if err := a.records.append(r.Context(), record); err != nil {
		writeJSON(w, http.StatusInternalServerError, envelope{
			ResponseTime: now(), Errors: []kernelError{{"KER-AUD-500", err.Error()}},
		})
		return
	}
	succeedNull(w, "mosip.kernel.auditmanager.addAudit", "1.0", map[string]bool{"status": true})
}

// checkAudit returns one error for each field that is missing or too long.
func checkAudit(fields map[string]*string) []kernelError {
	var found []kernelError
	fail := func(name, why string) {
		found = append(found, kernelError{"KER-AUD-001", "Request." + name + " " + why})
	}
	if fields["actionTimeStamp"] == nil {
		fail("actionTimeStamp", "must not be null")
	}
	for _, field := range auditFields {
		value, least := fields[field.name], 0
		if field.required {
			least = 1
		}
		switch {
		case value == nil && field.required:
			fail(field.name, "must not be null")
		case value == nil:
		case utf8.RuneCountInString(*value) < least || utf8.RuneCountInString(*value) > field.length:
			fail(field.name, fmt.Sprintf("size must be between %d and %d", least, field.length))
		}
	}
	return found
}
