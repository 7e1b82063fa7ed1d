package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// Errors of ID Repository, shared by its identity and VID services.
var (
	invalidRequest   = kernelError{"IDR-IDC-003", "Invalid Request"}
	unknownError     = kernelError{"IDR-IDC-004", "Unknown error occurred"}
	databaseError    = kernelError{"IDR-IDC-006", "Error occured while performing DB operations"}
	noRecord         = kernelError{"IDR-IDC-007", "No Record(s) found"}
	vidPolicyRefuses = kernelError{"IDR-VID-003", "Could not generate/regenerate VID as per policy"}
)

const (
	idRepositoryVersion = "v1"
	clockWindow         = time.Minute     // requesttime may differ by this much …
	clockShift          = 2 * time.Second // … from a clock that runs this much ahead
)

var versionPattern = regexp.MustCompile(`^v\d+(\.\d+)?$`)

// Error makes a kernel error usable as a Go error.
func (e kernelError) Error() string { return e.Code + " " + e.Message }

func missing(parameter string) kernelError {
	return kernelError{"IDR-IDC-001", "Missing Input Parameter - " + parameter}
}

func invalid(parameter string) kernelError {
	return kernelError{"IDR-IDC-002", "Invalid Input Parameter - " + parameter}
}

func vidIs(status string) kernelError { return kernelError{"IDR-VID-001", "VID is " + status} }

// asKernelError maps whatever a rule returned to what ID Repository sends.
func asKernelError(err error) kernelError {
	if known, ok := errors.AsType[kernelError](err); ok {
		return known
	}
	return databaseError
}

// readRequest decodes a kernel-wrapped body.
func readRequest[T any](r *http.Request) (request[T], error) {
	var body request[T]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return body, invalidRequest
	}
	return body, nil
}

// checkID is looked at alone, before anything else of a write.
func checkID(id *string, want string) error {
	switch {
	case id == nil || *id == "":
		return missing("id")
	case *id != want:
		return invalid("id")
	}
	return nil
}

// checkWrapper checks requesttime, version and request together. The errors
// come back in the order they are found; backwards is how MOSIP sends them.
func checkWrapper[T any](body request[T]) []kernelError {
	var found []kernelError
	switch at, ok := readTime(body.RequestTime); {
	case body.RequestTime == nil || *body.RequestTime == "":
		found = append(found, missing("requesttime"))
	case !ok:
		found = append(found, invalid("requesttime"))
	case at.Sub(time.Now().Add(clockShift)).Abs() > clockWindow:
		found = append(found, invalid("requesttime - the timestamp value can be at most 60 seconds "+
			"before and after the current time."))
	}
	switch {
	case body.Version == nil || *body.Version == "":
		found = append(found, missing("version"))
	case !versionPattern.MatchString(*body.Version):
		found = append(found, invalid("version"))
	}
	if body.Request == nil {
		found = append(found, missing("request"))
	}
	return found
}

func readTime(text *string) (time.Time, bool) {
	if text == nil {
		return time.Time{}, false
	}
	at, err := time.Parse(wireTime, *text)
	return at, err == nil
}

// backwards turns found errors round: the last one detected goes first.
func backwards(found []kernelError) []kernelError {
	slices.Reverse(found)
	return found
}
