package sandbox

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// idaEnvelope is IDA's answer: camel case, and errors with errorMessage.
type idaEnvelope struct {
	ID           any        `json:"id"`
	Version      any        `json:"version"`
	Errors       []idaError `json:"errors"`
	ResponseTime string     `json:"responseTime"`
	Response     any        `json:"response"`
}

type idaError struct {
	Code    string `json:"errorCode"`
	Message string `json:"errorMessage"`
}

// storedSignature stands for the JWS over IDA's answer, which it keeps with each transaction: a certificate is in it.
var storedSignature = strings.Repeat("eyJ", 700)

// endpoints of the internal services of IDA.
func (i *ida) endpoints() []endpoint {
	return []endpoint{{
		"ida", "GET /idauthentication/v1/internal/authTransactions/individualId/{ID}",
		serviceToken, []string{"RESIDENT"}, i.history,
	}}
}

// history lists the transactions of the person behind a UIN or VID, newest
// first; without pageStart and pageFetch, all of them.
func (i *ida) history(w http.ResponseWriter, r *http.Request) {
	uin, fault := i.owner(r.PathValue("ID"))
	start, fetch, paged := 1, 10, false
	for name, into := range map[string]*int{"pageStart": &start, "pageFetch": &fetch} {
		if value := r.URL.Query().Get(name); value != "" {
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				fault = &idaError{"IDA-MLC-009", "Invalid Input Parameter - " + name}
				break
			}
			*into, paged = n, true
		}
	}
	if fault != nil {
		writeJSON(w, http.StatusOK, idaEnvelope{Errors: []idaError{*fault}, ResponseTime: now()})
		return
	}
	rows := i.transactions.newest(func(t transaction) bool { return t.UIN == uin })
	if paged {
		rows = rows[min((start-1)*fetch, len(rows)):min(start*fetch, len(rows))]
	}
	list := make([]map[string]any, len(rows))
	for n, t := range rows {
		list[n] = t.wire(nil, nil)
		list[n]["responseSignature"] = storedSignature
	}
	writeJSON(w, http.StatusOK, idaEnvelope{
		ResponseTime: now(), Response: map[string]any{"authTransactions": list},
	})
}

// owner resolves a UIN or VID as IDA's own database does.
func (i *ida) owner(id string) (string, *idaError) {
	kind := kindOf(id)
	switch kind {
	case "ID":
		return "", &idaError{"IDA-MLC-009", "Invalid Input Parameter - individualId"}
	case "VID":
		one, err := i.vids.find(id)
		if err == nil {
			return one.UIN, nil
		}
		if errors.Is(err, error(noRecord)) {
			break
		}
		return "", &idaError{"IDA-MLC-023", "VID is expired/deactivated"}
	default:
		if i.residents.byUIN[id] != nil {
			return id, nil
		}
	}
	return "", &idaError{"IDA-MLC-018", kind + " not available in database"}
}
