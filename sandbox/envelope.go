package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	wireTime  = "2006-01-02T15:04:05.000Z"   // responsetime and requesttime, UTC
	localTime = "2006-01-02T15:04:05.999999" // Java's LocalDateTime: UTC without a zone
)

// kernelError is one entry of errors[] in the kernel envelope.
type kernelError struct {
	Code    string `json:"errorCode"`
	Message string `json:"message"`
}

// envelope is the kernel's response wrapper. Every key is present: MOSIP
// writes nulls. ID and Version are any, because null is one of their values.
type envelope struct {
	ID           any           `json:"id"`
	Version      any           `json:"version"`
	ResponseTime string        `json:"responsetime"`
	Metadata     any           `json:"metadata"`
	Response     any           `json:"response"`
	Errors       []kernelError `json:"errors"`
}

// request is the kernel's request wrapper. Pointers tell absent from empty.
type request[T any] struct {
	ID          *string `json:"id"`
	Version     *string `json:"version"`
	RequestTime *string `json:"requesttime"`
	Request     *T      `json:"request"`
}

// succeed answers 200 with response; errors is [] as most controllers send it.
func succeed(w http.ResponseWriter, id, version, response any) {
	writeJSON(w, http.StatusOK, envelope{
		ID: id, Version: version, ResponseTime: now(), Response: response, Errors: []kernelError{},
	})
}

// succeedNull is succeed for the services whose advice sets errors to null.
func succeedNull(w http.ResponseWriter, id, version, response any) {
	writeJSON(w, http.StatusOK, envelope{ID: id, Version: version, ResponseTime: now(), Response: response})
}

// refuse answers a business error: HTTP 200, response null, errors filled.
func refuse(w http.ResponseWriter, id, version any, errors ...kernelError) {
	writeJSON(w, http.StatusOK, envelope{ID: id, Version: version, ResponseTime: now(), Errors: errors})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	// A failure here means the caller has gone: there is no one left to tell.
	_ = json.NewEncoder(w).Encode(body)
}

func now() string { return time.Now().UTC().Format(wireTime) }
