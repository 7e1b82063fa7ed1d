package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

const workflowTopic = "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT"

// packet is a packet on its way through Registration Processor.
type packet struct {
	AID string `json:"aid"`
	// Status is the external one: UPLOAD_PENDING, PROCESSING, PROCESSED (past the door), UIN_GENERATED, REJECTED,
	// REREGISTER, RESEND.
	Status string       `json:"status"`
	Steps  []packetStep `json:"steps"`
	// Result is what the workflow ended with: PROCESSED, REJECTED or FAILED; empty: it has not.
	Result string `json:"result"`
}

type packetStep struct {
	Type   string    `json:"transactionTypeCode"`
	Status string    `json:"statusCode"`
	At     time.Time `json:"at"`
}

// packets is Registration Processor.
type packets struct {
	state *state

	mu    sync.Mutex
	byAID map[string]packet
}

// registrationEnvelope is its answer: no metadata, and errors with errorMessage.
type registrationEnvelope struct {
	ID           string              `json:"id"`
	Version      string              `json:"version"`
	ResponseTime string              `json:"responsetime"`
	Response     any                 `json:"response"`
	Errors       []registrationError `json:"errors"`
}

type registrationError struct {
	RegistrationID string `json:"registrationId,omitempty"`
	Code           string `json:"errorCode"`
	Message        string `json:"errorMessage"`
}

func openPackets(ctx context.Context, s *state) (*packets, error) {
	p := &packets{state: s, byAID: map[string]packet{}}
	records, err := s.load(ctx, "packet")
	if err != nil {
		return nil, err
	}
	for key, record := range records {
		var one packet
		if err := json.Unmarshal(record, &one); err != nil {
			return nil, fmt.Errorf("read a packet: %w", err)
		}
		p.byAID[key] = one
	}
	return p, nil
}

const registrationBase = "/registrationprocessor/v1"

// endpoints of Registration Processor.
func (p *packets) endpoints() []endpoint {
	roles := []string{"RESIDENT", "REGISTRATION_ADMIN", "REGISTRATION_PROCESSOR"}
	return []endpoint{
		{"registration", "POST " + registrationBase + "/registrationstatus/externalstatus/search", serviceToken, roles, p.search},
		{"registration", "GET " + registrationBase + "/registrationtransaction/search/{rid}", serviceToken, roles, p.transactions},
	}
}

// search answers the external status of each id; those that are found nowhere are errors beside the others.
func (p *packets) search(w http.ResponseWriter, r *http.Request) {
	const id = "mosip.registration.external.status"
	answer := registrationEnvelope{ID: id, Version: "1.0", ResponseTime: now(), Errors: []registrationError{}}
	var body request[[]struct {
		RegistrationID string `json:"registrationId"`
	}]
	err := json.NewDecoder(r.Body).Decode(&body)
	fault := envelopeFault(body.ID, body.Version, body.RequestTime, id)
	if err != nil || body.Request == nil || fault != nil {
		if err == nil && fault != nil {
			answer.Errors = append(answer.Errors, *fault)
		}
		answer.Errors = append(answer.Errors, registrationError{Code: "RPR-RGS-015", Message: "Invalid Request Value - Input Data is Incorrect"})
		writeJSON(w, http.StatusOK, answer)
		return
	}
	found := []map[string]any{}
	p.mu.Lock()
	for _, asked := range *body.Request {
		if one, known := p.byAID[asked.RegistrationID]; known {
			found = append(found, map[string]any{"registrationId": one.AID, "statusCode": one.Status, "additionalInfoReqId": nil})
			continue
		}
		answer.Errors = append(answer.Errors, registrationError{asked.RegistrationID, "RPR-RGS-031", "RID Not Found"})
	}
	p.mu.Unlock()
	answer.Response = found
	writeJSON(w, http.StatusOK, answer)
}

// envelopeFault is the first thing wrong with an envelope; requesttime may differ by three hours.
func envelopeFault(id, version, requestTime *string, wantID string) *registrationError {
	const grace = 3 * time.Hour
	at, readable := readTime(requestTime)
	switch {
	case text(id) == "":
		return &registrationError{Code: "RPR-RGS-021", Message: "Missing Request Parameter - id"}
	case *id != wantID:
		return &registrationError{Code: "RPR-RGS-024", Message: "Invalid Request Parameter - id"}
	case text(version) == "":
		return &registrationError{Code: "RPR-RGS-019", Message: "Missing Request Value - version"}
	case *version != "1.0":
		return &registrationError{Code: "RPR-RGS-022", Message: "Invalid Request Parameter - version"}
	case text(requestTime) == "":
		return &registrationError{Code: "RPR-RGS-020", Message: "Missing Request Parameter - requesttime"}
	case !readable || time.Since(at).Abs() > grace:
		return &registrationError{Code: "RPR-RGS-023", Message: "Invalid Request Parameter - requesttime"}
	}
	return nil
}

// transactions lists the steps of a packet, unsorted as they come.
func (p *packets) transactions(w http.ResponseWriter, r *http.Request) {
	answer := registrationEnvelope{ID: "mosip.registration.transaction", Version: "1.0", ResponseTime: now()}
	p.mu.Lock()
	one, known := p.byAID[r.PathValue("rid")]
	p.mu.Unlock()
	if !known {
		answer.Errors = []registrationError{{Code: "RPR-RTS-001", Message: "RID Not Found"}}
		writeJSON(w, http.StatusOK, answer)
		return
	}
	steps := []map[string]any{}
	for _, step := range one.Steps {
		steps = append(steps, map[string]any{
			"id": uuid.NewString(), "registrationId": one.AID, "transactionTypeCode": step.Type, "parentTransactionId": nil,
			"statusCode": step.Status, "subStatusCode": "", "statusComment": "", "createdDateTimes": step.At.UTC().Format(wireTime),
		})
	}
	answer.Response = steps
	writeJSON(w, http.StatusOK, answer)
}

// putPacket moves a packet; the hub tells of one whose workflow has ended.
func (s *Sandbox) putPacket(w http.ResponseWriter, r *http.Request) {
	var one packet
	if !readControl(w, r, &one) {
		return
	}
	if one.AID == "" || one.Status == "" {
		http.Error(w, "aid and status are needed", http.StatusBadRequest)
		return
	}
	s.packets.mu.Lock()
	err := s.packets.state.save(r.Context(), "packet", one.AID, one)
	if err == nil {
		s.packets.byAID[one.AID] = one
	}
	s.packets.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if one.Result == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.tell(w, r, workflowTopic, map[string]any{
		"instanceId": one.AID, "resultCode": one.Result, "workflowType": "RES_UPDATE", "errorCode": nil,
	})
}
