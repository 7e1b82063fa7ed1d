package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

const (
	partnerBase    = "/v1/partnermanager/partners"
	partnerID      = "mosip.partnermanagement.partners.retrieve"
	partnerErrorID = "mosip.partnermanagement"
	partnerVersion = "1.0"
)

// partner is one organisation as Partner Management lists it.
type partner struct {
	ID               string `json:"partnerID"`
	Status           string `json:"status"` // "active" or "De-active"
	OrganizationName string `json:"organizationName"`
	ContactNumber    string `json:"contactNumber"`
	EmailID          string `json:"emailId"`
	Address          string `json:"address"`
	Type             string `json:"partnerType"`
}

// partnerWithLogo is an entry of the second version of the list.
type partnerWithLogo struct {
	partner
	LogoURL        *string         `json:"logoUrl"`
	AdditionalInfo json.RawMessage `json:"additionalInfo"`
}

// partners is the Partner Management Service.
type partners struct {
	all      []partnerWithLogo
	policies []partnerPolicy
}

func newPartners(base string) (*partners, error) {
	raw, err := data.ReadFile("data/partners.json")
	if err != nil {
		return nil, fmt.Errorf("read the partners: %w", err)
	}
	p := &partners{}
	if p.policies, err = readPolicies(); err != nil {
		return nil, err
	}
	raw = bytes.ReplaceAll(raw, []byte("{sandbox}"), []byte(base))
	if err := json.Unmarshal(raw, &p.all); err != nil {
		return nil, fmt.Errorf("read the partners: %w", err)
	}
	for i := range p.all {
		logo := base + "/sandbox/logos/" + p.all[i].ID + ".png"
		if other := p.all[i].LogoURL; other != nil {
			logo = base + "/sandbox/logos/" + *other
		}
		p.all[i].LogoURL = &logo
	}
	return p, nil
}

// endpoints of the service. RESIDENT is not among the roles for policies: the service account needs one more.
func (p *partners) endpoints() []endpoint {
	roles := []string{"RESIDENT", "PARTNER_ADMIN", "ID_REPOSITORY", "ID_AUTHENTICATION"}
	return []endpoint{
		{"partner", "GET " + partnerBase, serviceToken, roles, p.list},
		{"partner", "GET " + partnerBase + "/v2", serviceToken, roles, p.listWithLogos},
		{"partner", "GET " + partnerBase + "/{partnerId}/credentialtype/{credentialType}/policies", serviceToken, []string{
			"PARTNER", "CREDENTIAL_PARTNER", "PARTNER_ADMIN", "CREDENTIAL_ISSUANCE", "CREATE_SHARE", "ONLINE_VERIFICATION_PARTNER",
		}, p.servePolicy},
	}
}

func (p *partners) list(w http.ResponseWriter, r *http.Request) {
	plain := []partner{}
	for _, one := range p.ofType(r.URL.Query().Get("partnerType")) {
		plain = append(plain, one.partner)
	}
	answerPartners(w, plain, len(plain))
}

func (p *partners) listWithLogos(w http.ResponseWriter, r *http.Request) {
	found := p.ofType(r.URL.Query().Get("partnerType"))
	answerPartners(w, found, len(found))
}

// answerPartners sends a list; an empty one is an error at PMS.
func answerPartners(w http.ResponseWriter, list any, length int) {
	if length == 0 {
		refuse(w, partnerErrorID, partnerVersion, kernelError{"PMS_PMP_013", "Partner does not exist"})
		return
	}
	succeed(w, partnerID, partnerVersion, map[string]any{"partners": list})
}

// ofType compares as SQL does: exactly. A blank type means everybody, active
// or not.
func (p *partners) ofType(kind string) []partnerWithLogo {
	if strings.TrimSpace(kind) == "" {
		return p.all
	}
	var found []partnerWithLogo
	for _, one := range p.all {
		if one.Type == kind {
			found = append(found, one)
		}
	}
	return found
}

// name of a partner; a service account without an entry is called by its id.
func (p *partners) name(id string) string {
	for _, one := range p.all {
		if one.ID == id {
			return one.OrganizationName
		}
	}
	return id
}

func (p *partners) known(id string) bool {
	for _, one := range p.all {
		if one.ID == id {
			return true
		}
	}
	return false
}
