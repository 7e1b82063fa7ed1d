package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// arrivals keeps of each request that a service cannot take twice when it arrived, before anything can go wrong with it:
// also of those that are lost, refused or never answered. It wraps what stands before a service.
func (s *Sandbox) arrivals(pattern string, h http.Handler) http.Handler {
	read := map[string]func(*http.Request, []byte) acceptedWrite{
		"POST " + vidBase:                                       s.vidArrival,
		"PATCH " + vidBase + "/{VID}":                           s.revocationArrival,
		"POST " + credentialBase + "/requestgenerator":          s.credentialArrival,
		"POST " + credentialBase + "/v2/requestgenerator/{rid}": s.credentialArrival,
		"GET " + credentialBase + "/cancel/{requestId}":         s.cancelArrival,
	}[pattern]
	if s.journal == nil || read == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil { // what was cut off is nobody's request
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if line := read(r, body); line.Mutation != "" {
			line.At = time.Now().UTC()
			end := s.journal.begin()
			err := s.journal.keep(s.journal.arrived, line)
			end()
			if err != nil {
				panic("sandbox: " + err.Error()) // net/http ends the request: nothing goes on with half an account
			}
		}
		h.ServeHTTP(w, r)
	})
}

func (s *Sandbox) vidArrival(_ *http.Request, body []byte) acceptedWrite {
	var made request[vidChange]
	_ = json.Unmarshal(body, &made) // what is not one is refused, and still arrived
	w := acceptedWrite{Mutation: "generateVid"}
	if made.Request != nil {
		w.Resident, w.Input = upperHash(text(made.Request.UIN)), vidType(strings.ToUpper(text(made.Request.Type)))
	}
	return w
}

// revocationArrival answers nothing for a VID that is only said to have been used.
func (s *Sandbox) revocationArrival(r *http.Request, body []byte) acceptedWrite {
	var change request[vidChange]
	_ = json.Unmarshal(body, &change)
	number := r.PathValue("VID")
	if change.Request == nil || text(change.Request.Status) != "REVOKED" || len(number) < 3 {
		return acceptedWrite{}
	}
	w := vidWrite("revokeVid", &vid{Number: number})
	w.Resident = upperHash(text(change.Request.UIN))
	return w
}

func (s *Sandbox) credentialArrival(r *http.Request, body []byte) acceptedWrite {
	var asked request[credentialAsk]
	_ = json.Unmarshal(body, &asked)
	if asked.Request == nil {
		asked.Request = &credentialAsk{}
	}
	return s.credentials.write(r.PathValue("rid"), *asked.Request)
}

func (s *Sandbox) cancelArrival(r *http.Request, _ []byte) acceptedWrite {
	id := r.PathValue("requestId")
	one, _, err := s.credentials.find(r.Context(), id)
	if err != nil {
		return acceptedWrite{Mutation: "withdrawShare", Request: id}
	}
	return s.credentials.cancellation(id, one.Ask)
}

// write is the line of a request for a credential; one without a mutation for what no resident asks for by itself.
func (c *credentialRequests) write(requestID string, ask credentialAsk) acceptedWrite {
	w := acceptedWrite{Request: requestID, Resident: c.residentOf(ask)}
	switch {
	case c.isCard(ask) && ask.AdditionalData["cardFormat"] == "vidCard" && len(ask.ID) > 2:
		card := vidWrite("requestVidCard", &vid{Number: ask.ID})
		w.Mutation, w.Input, w.VID, w.Masked = card.Mutation, card.Masked, card.VID, card.Masked
	case ask.CredentialType == "vercred":
		w.Mutation, w.Input = "shareCredential", ask.Issuer+" "+strings.Join(slices.Sorted(slices.Values(ask.Attributes)), ",")
	}
	return w
}

// cancellation is the line of a share that was called off.
func (c *credentialRequests) cancellation(requestID string, ask credentialAsk) acceptedWrite {
	return acceptedWrite{Mutation: "withdrawShare", Resident: c.residentOf(ask), Request: requestID}
}

// residentOf names the resident whom a request is about; "" for nobody.
func (c *credentialRequests) residentOf(ask credentialAsk) string {
	person, err := c.people.find(ask.ID, nil)
	if err != nil {
		return ""
	}
	return upperHash(person.UIN)
}
