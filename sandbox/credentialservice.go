package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	credentialBase = "/v1/credentialrequest"
	credentialID   = "mosip.credential.request.generator"
)

var (
	noCredentialRequest = kernelError{"IDR-CRG-003", "request id is not present"}
	alreadyProcessed    = kernelError{"IDR-CRG-004", "request id already processed"}
	noCredentialRecords = kernelError{"IDR-CRG-009", "No records found"}
	badDate             = kernelError{"IDR-CRG-008", "Date Parsing Error format should be yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"}
	generatorFailed     = kernelError{"IDR-CRG-001", "data access layer exception"}
)

// endpoints of the generator and of the credential service's list of types.
func (c *credentialRequests) endpoints() []endpoint {
	asks, reads := []string{"CREDENTIAL_REQUEST", "ID_REPOSITORY"}, []string{"CREDENTIAL_REQUEST"}
	return []endpoint{
		{"credential", "POST " + credentialBase + "/requestgenerator", serviceToken, asks, c.create},
		{"credential", "POST " + credentialBase + "/v2/requestgenerator/{rid}", serviceToken, asks, c.createAs},
		{"credential", "GET " + credentialBase + "/get/{requestId}", serviceToken, reads, c.get},
		{"credential", "GET " + credentialBase + "/cancel/{requestId}", serviceToken, asks, c.cancel},
		{"credential", "PUT " + credentialBase + "/retrigger/{requestId}", serviceToken, reads, c.retrigger},
		{"credential", "GET " + credentialBase + "/getRequestIds", serviceToken, reads, c.list},
		{"credential", "GET /v1/credentialservice/types", serviceToken, nil, serveFile("credential-types.json")},
	}
}

// create makes a new request at every call: there is no idempotency.
func (c *credentialRequests) create(w http.ResponseWriter, r *http.Request) {
	var body request[credentialAsk]
	switch err := json.NewDecoder(r.Body).Decode(&body); {
	case err != nil:
		refuse(w, nil, idRepositoryVersion, invalidRequest)
	case body.Request == nil:
		refuse(w, nil, idRepositoryVersion, invalid("credentialIssueRequestDto"))
	case strings.TrimSpace(body.Request.CredentialType) == "":
		refuse(w, nil, idRepositoryVersion, invalid("credentialType"))
	case strings.TrimSpace(body.Request.Issuer) == "":
		refuse(w, nil, idRepositoryVersion, invalid("issuer"))
	default:
		c.accept(w, r, uuid.NewString(), *body.Request)
	}
}

// createAs takes the id from the path and looks at nothing: the same id again starts anew.
func (c *credentialRequests) createAs(w http.ResponseWriter, r *http.Request) {
	var body request[credentialAsk]
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		refuse(w, nil, idRepositoryVersion, invalidRequest)
		return
	}
	if body.Request == nil {
		refuse(w, nil, idRepositoryVersion, unknownError)
		return
	}
	c.accept(w, r, r.PathValue("rid"), *body.Request)
}

func (c *credentialRequests) accept(w http.ResponseWriter, r *http.Request, requestID string, ask credentialAsk) {
	at, line := time.Now().UTC(), c.write(requestID, ask) // which may wait for others that write: not after begin
	end := c.journal.begin()
	defer end()
	c.mu.Lock()
	err := c.keep(r.Context(), credentialRequest{
		credentialStatus: credentialStatus{RequestID: requestID, ID: ask.ID, Status: "NEW"},
		Ask:              ask, Made: at, Moved: at, Due: at.Add(c.settings.get().credentialDelay()),
	})
	c.mu.Unlock()
	if err == nil && line.Mutation != "" {
		err = c.journal.accept("credential", line, end)
	}
	if err != nil {
		refuse(w, credentialID, "1.0", generatorFailed)
		return
	}
	succeed(w, credentialID, "1.0", map[string]string{"requestId": requestID, "id": ask.ID})
}

func (c *credentialRequests) get(w http.ResponseWriter, r *http.Request) {
	if one, ok := c.asked(w, r); ok {
		succeed(w, credentialID, "1.0", one.credentialStatus)
	}
}

// asked finds the request of the path, or answers that there is none.
func (c *credentialRequests) asked(w http.ResponseWriter, r *http.Request) (credentialRequest, bool) {
	one, known, err := c.find(r.Context(), r.PathValue("requestId"))
	switch {
	case err != nil:
		refuse(w, credentialID, "1.0", generatorFailed)
	case !known:
		refuse(w, credentialID, "1.0", noCredentialRequest)
	}
	return one, known && err == nil
}

// cancel is a GET that changes something, and only while the request is NEW.
func (c *credentialRequests) cancel(w http.ResponseWriter, r *http.Request) {
	one, ok := c.asked(w, r)
	if !ok {
		return
	}
	moved, line := false, c.cancellation(one.RequestID, one.Ask)
	var err error
	end := c.journal.begin()
	defer end()
	if strings.EqualFold(one.Status, "NEW") {
		_, moved, err = c.move(r.Context(), one, func(one *credentialRequest) { one.Status, one.Due = "CANCELLED", time.Time{} })
	}
	if err == nil && moved {
		err = c.journal.accept("credential", line, end)
	}
	c.changed(w, one, moved, err)
}

// retrigger starts a request over, whatever had become of it.
func (c *credentialRequests) retrigger(w http.ResponseWriter, r *http.Request) {
	one, ok := c.asked(w, r)
	if !ok {
		return
	}
	_, moved, err := c.move(r.Context(), one, func(one *credentialRequest) {
		one.Status, one.Due = "RETRY", time.Now().UTC().Add(c.settings.get().credentialDelay())
	})
	c.changed(w, one, moved, err)
}

func (c *credentialRequests) changed(w http.ResponseWriter, one credentialRequest, moved bool, err error) {
	switch {
	case err != nil:
		refuse(w, credentialID, "1.0", generatorFailed)
	case !moved:
		refuse(w, credentialID, "1.0", alreadyProcessed)
	default:
		succeed(w, credentialID, "1.0", map[string]string{"requestId": one.RequestID, "id": one.ID})
	}
}

// list pages through the requests of a status, those that were changed last first.
func (c *credentialRequests) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	status, size := query.Get("statusCode"), 1
	if status == "" {
		status = "FAILED"
	}
	page, _ := strconv.Atoi(query.Get("pageNumber"))
	if n, err := strconv.Atoi(query.Get("pageSize")); err == nil && n > 0 {
		size = n
	}
	since := time.Time{}
	if text := query.Get("effectivedtimes"); text != "" {
		var err error
		if since, err = time.Parse(wireTime, text); err != nil {
			refuse(w, credentialID, "1.0", badDate)
			return
		}
	}
	found := c.newest(func(one credentialRequest) bool { return one.Status == status && !one.Moved.Before(since) })
	from := min(max(page, 0)*size, len(found))
	data := []map[string]string{}
	for _, one := range found[from:min(from+size, len(found))] {
		data = append(data, map[string]string{
			"requestId": one.RequestID, "credentialType": one.Ask.CredentialType, "partner": one.Ask.Issuer, "statusCode": one.Status,
			"statusComment": one.Comment, "createDateTime": one.Made.Format(localTime), "updateDateTime": one.Moved.Format(localTime),
		})
	}
	if len(data) == 0 {
		refuse(w, credentialID, "1.0", noCredentialRecords)
		return
	}
	succeed(w, credentialID, "1.0", map[string]any{
		"pageNo": page, "pageSize": size, "sort": map[string]bool{"empty": false, "sorted": true, "unsorted": false},
		"totalItems": len(found), "totalPages": (len(found) + size - 1) / size, "data": data,
	})
}

// newest returns the requests that match, the one that moved last first.
func (c *credentialRequests) newest(match func(credentialRequest) bool) []credentialRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := []credentialRequest{}
	for _, one := range c.byID {
		if match(one) {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b credentialRequest) int { return b.Moved.Compare(a.Moved) })
	return found
}
