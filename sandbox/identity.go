package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

const identityBase = "/idrepository/v1/identity"

// identity is ID Repository's identity service.
type identity struct {
	residents *residents
	vids      *vids
	authTypes *authTypes
	limits    map[string]int // attributeUpdateCountLimit
}

// readers may read an identity.
var readers = []string{
	"REGISTRATION_PROCESSOR", "RESIDENT", "REGISTRATION_ADMIN", "REGISTRATION_SUPERVISOR",
	"REGISTRATION_OFFICER", "ID_AUTHENTICATION", "ID_REPOSITORY",
}

// endpoints of the identity service. Those of the shape /{a}/{b} overlap and
// are told apart by byPath.
func (i *identity) endpoints() []endpoint {
	resident := []string{"RESIDENT", "ID_REPOSITORY"}
	return []endpoint{
		{"identity", "POST " + identityBase + "/idvid/{$}", serviceToken, readers, i.readByPost},
		{"identity", "GET " + identityBase + "/authtypes/status/{ID}", serviceToken, resident, i.authTypes.read},
		{"identity", "POST " + identityBase + "/authtypes/status", serviceToken, resident, i.authTypes.update},
		{"identity", "GET " + identityBase + "/draft/uin/{UIN}", serviceToken, resident, i.drafts},
		{"identity", "DELETE " + identityBase + "/draft/discard/{rid}", serviceToken, resident, i.discard},
	}
}

// overlapping endpoints, by what tells them apart.
func (i *identity) overlapping() (byFirst, bySecond map[string]endpoint) {
	resident := []string{"RESIDENT", "ID_REPOSITORY"}
	byFirst = map[string]endpoint{
		"idvid": {"identity", "GET " + identityBase + "/idvid/{id}", serviceToken, readers, i.readByGet},
		"rid":   {"identity", "GET " + identityBase + "/rid/{individualId}", serviceToken, resident, i.rid},
	}
	bySecond = map[string]endpoint{
		"update-counts": {"identity", "GET " + identityBase + "/{individualId}/update-counts", serviceToken, resident, i.updateCounts},
	}
	return byFirst, bySecond
}

// identityQuery is what a read may ask for, in the query or in the body.
type identityQuery struct {
	ID     string  `json:"id"`
	Type   *string `json:"type"`
	IDType *string `json:"idType"`
	Finger *string `json:"fingerExtractionFormat"`
	Iris   *string `json:"irisExtractionFormat"`
	Face   *string `json:"faceExtractionFormat"`
}

// identityAnswer is response of a read.
type identityAnswer struct {
	Status    *string         `json:"status"`
	Identity  json.RawMessage `json:"identity"`
	Documents []document      `json:"documents"`
	Verified  []string        `json:"verifiedAttributes"`
}

func (i *identity) readByGet(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	optional := func(name string) *string {
		if !values.Has(name) {
			return nil
		}
		value := values.Get(name)
		return &value
	}
	i.answer(w, "mosip.id.read", identityQuery{
		ID: r.PathValue("b"), Type: optional("type"), IDType: optional("idType"),
		Finger: optional("fingerExtractionFormat"), Iris: optional("irisExtractionFormat"), Face: optional("faceExtractionFormat"),
	})
}

func (i *identity) readByPost(w http.ResponseWriter, r *http.Request) {
	var query identityQuery
	if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
		refuse(w, "mosip.id.create", idRepositoryVersion, invalidRequest)
		return
	}
	i.answer(w, "mosip.id.create", query)
}

// answer serves the identity. The identity object is whole whatever type is:
// type only loads documents. errorID is by method; a success is always a read.
func (i *identity) answer(w http.ResponseWriter, errorID string, query identityQuery) {
	kinds, err := query.kinds()
	if err != nil {
		refuse(w, errorID, idRepositoryVersion, asKernelError(err))
		return
	}
	found, err := i.find(query.ID, query.IDType)
	if err != nil {
		refuse(w, errorID, idRepositoryVersion, asKernelError(err))
		return
	}
	succeed(w, "mosip.id.read", idRepositoryVersion, identityAnswer{
		Status: &found.Status, Identity: found.Identity, Documents: found.documents(kinds["demo"], kinds["bio"]),
	})
}

// kinds reads type: bio, demo, metadata, all.
func (q identityQuery) kinds() (map[string]bool, error) {
	kinds := map[string]bool{}
	if q.Type != nil {
		for kind := range strings.SplitSeq(strings.ToLower(*q.Type), ",") {
			switch kind = strings.TrimSpace(kind); kind {
			case "bio", "demo", "metadata":
				kinds[kind] = true
			case "all":
				kinds["bio"], kinds["demo"], kinds["metadata"] = true, true, true
			default:
				return nil, invalid("type")
			}
		}
	}
	if q.Finger == nil && q.Iris == nil && q.Face == nil {
		return kinds, nil
	}
	switch {
	case q.Type == nil:
		return nil, missing("type")
	case !kinds["bio"] || len(kinds) == 2:
		return nil, invalid("type")
	}
	return kinds, nil
}

// find resolves a UIN, VID, RID or handle; without a type it is taken for the
// first of UIN, VID and RID that its shape allows.
func (i *identity) find(id string, idType *string) (*resident, error) {
	kind := kindOf(id)
	if idType != nil {
		kind = strings.ToUpper(*idType)
	}
	var found *resident
	switch kind {
	case "UIN":
		if !validUIN(id) {
			return nil, invalid("id")
		}
		found = i.residents.byUIN[id]
	case "VID":
		if !validVID(id) {
			return nil, invalid("id")
		}
		one, err := i.vids.find(id)
		if err != nil {
			return nil, err
		}
		found = i.residents.byUIN[one.UIN]
	case "ID":
		found = i.residents.byRID(id)
	case "HANDLE":
		found = i.residents.byHandle(id)
	default:
		return nil, invalid("idType")
	}
	if found == nil {
		return nil, noRecord
	}
	return found, nil
}

// kindOf takes an identifier for what its shape allows.
func kindOf(id string) string {
	switch {
	case validUIN(id):
		return "UIN"
	case validVID(id):
		return "VID"
	}
	return "ID"
}
