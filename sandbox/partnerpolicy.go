package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// partnerPolicy is what Partner Management keeps for a partner and a type of credential.
type partnerPolicy struct {
	PartnerID      string       `json:"partnerId"`
	CredentialType string       `json:"credentialType"`
	PolicyID       string       `json:"policyId"`
	PolicyName     string       `json:"policyName"`
	PolicyDesc     string       `json:"policyDesc"`
	PolicyType     string       `json:"policyType"`
	Policies       policyDetail `json:"policies"`
}

// policyDetail is the policy document itself.
type policyDetail struct {
	Attributes []shareableAttribute `json:"shareableAttributes"`
	DataShare  map[string]string    `json:"dataSharePolicies"`
}

type shareableAttribute struct {
	Name      string            `json:"attributeName"`
	Encrypted bool              `json:"encrypted"`
	Format    *string           `json:"format"`
	Group     *string           `json:"group"`
	Source    []attributeSource `json:"source"`
}

type attributeSource struct {
	Attribute string   `json:"attribute"`
	Filter    []string `json:"filter"`
}

// readPolicies reads who may have what: a table of partner, credential type, policy, name, description, attributes.
func readPolicies() ([]partnerPolicy, error) {
	raw, err := data.ReadFile("data/policies.tsv")
	if err != nil {
		return nil, fmt.Errorf("read the policies: %w", err)
	}
	var list []partnerPolicy
	for number, line := range strings.Split(strings.TrimSpace(string(raw)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != 6 {
			return nil, fmt.Errorf("policies, line %d: %d cells", number+2, len(cells))
		}
		one := partnerPolicy{
			PartnerID: cells[0], CredentialType: cells[1], PolicyID: cells[2], PolicyName: cells[3], PolicyDesc: cells[4],
			PolicyType: "DataShare", Policies: policyDetail{DataShare: map[string]string{
				"typeOfShare": "Data Share", "validForInMinutes": "30", "transactionsAllowed": "2", "encryptionType": "none",
				"shareDomain": "datashare.datashare", "source": "ID Repository",
			}},
		}
		for name := range strings.SplitSeq(cells[5], " ") {
			one.Policies.Attributes = append(one.Policies.Attributes, shareableAttribute{
				Name: name, Source: []attributeSource{{Attribute: name, Filter: []string{}}},
			})
		}
		list = append(list, one)
	}
	return list, nil
}

// policy of a partner for a type of credential; nil: there is none.
func (p *partners) policy(partnerID, credentialType string) *partnerPolicy {
	for i, one := range p.policies {
		if one.PartnerID == partnerID && strings.EqualFold(one.CredentialType, credentialType) {
			return &p.policies[i]
		}
	}
	return nil
}

// policyID names the policy that a share is made under.
func (p *partners) policyID(partnerID, credentialType string) string {
	if one := p.policy(partnerID, credentialType); one != nil {
		return one.PolicyID
	}
	return "mpolicy-ad-hoc"
}

// kind is the type of a partner, empty for one that nobody knows.
func (p *partners) kind(id string) string {
	for _, one := range p.all {
		if one.ID == id {
			return one.Type
		}
	}
	return ""
}

// servePolicy answers a policy with what Partner Management notes about it.
func (p *partners) servePolicy(w http.ResponseWriter, r *http.Request) {
	one := p.policy(r.PathValue("partnerId"), r.PathValue("credentialType"))
	if one == nil {
		refuse(w, partnerErrorID, partnerVersion, kernelError{"PMS_PRT_064", "No details found"})
		return
	}
	const made, until = "2026-01-01T00:00:00", "2036-01-01T00:00:00"
	raw, err := json.Marshal(one)
	answer := map[string]any{
		"publishDate": made, "validTill": until, "status": "PUBLISHED", "version": "1.0", "schema": nil, "is_Active": true,
		"cr_by": "admin", "cr_dtimes": made, "up_by": nil, "upd_dtimes": nil,
	}
	if err == nil {
		err = json.Unmarshal(raw, &answer)
	}
	if err != nil {
		refuse(w, partnerErrorID, partnerVersion, kernelError{"", err.Error()})
		return
	}
	succeed(w, nil, nil, answer)
}
