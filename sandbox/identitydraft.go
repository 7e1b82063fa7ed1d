package sandbox

import (
	"cmp"
	"net/http"
	"slices"
)

// rid answers with the packet that last made or changed a UIN.
func (i *identity) rid(w http.ResponseWriter, r *http.Request) {
	var idType *string
	if r.URL.Query().Has("idType") {
		value := r.URL.Query().Get("idType")
		idType = &value
	}
	found, err := i.find(r.PathValue("b"), idType)
	if err == nil && idType != nil && *idType == "handle" {
		err = noRecord
	}
	if err != nil {
		refuse(w, "mosip.id.read", idRepositoryVersion, asKernelError(err))
		return
	}
	succeed(w, "mosip.idrepo.rid.get", "1.0", map[string]string{"rid": found.RID})
}

// updateCounts answers how often each limited attribute may still change. No
// update is published here, so the limits are whole, for strangers too.
func (i *identity) updateCounts(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("a")
	if kindOf(id) != "UIN" {
		if _, err := i.find(id, nil); err != nil {
			refuse(w, "mosip.id.read", idRepositoryVersion, asKernelError(err))
			return
		}
	}
	type attribute struct {
		Name string `json:"attributeName"`
		Left int    `json:"noOfUpdatesLeft"`
	}
	list := []attribute{}
	asked := splitList(r.URL.Query().Get("attribute_list"))
	for name, limit := range i.limits {
		if len(asked) == 0 || slices.Contains(asked, name) {
			list = append(list, attribute{name, limit})
		}
	}
	slices.SortFunc(list, func(a, b attribute) int { return cmp.Compare(a.Name, b.Name) })
	succeed(w, nil, nil, map[string]any{"attributes": list})
}

// drafts answers with the updates of a UIN under way. No packet is processed
// here, so there are none.
func (i *identity) drafts(w http.ResponseWriter, r *http.Request) {
	const id, version = "mosip.identity.get.drafts", "1.0"
	if !validUIN(r.PathValue("UIN")) {
		// The one business error of ID Repository that is not HTTP 200.
		writeJSON(w, http.StatusBadRequest, envelope{
			ID: id, Version: version, ResponseTime: now(), Errors: []kernelError{invalid("UIN")},
		})
		return
	}
	succeed(w, id, version, map[string]any{"drafts": nil})
}

func (i *identity) discard(w http.ResponseWriter, _ *http.Request) {
	refuse(w, nil, idRepositoryVersion, noRecord)
}
