package vid

import (
	"encoding/json"
	"fmt"
)

// Policy is what the country allows for one type of VID.
type Policy struct {
	Type                                                   Type
	ValidForMinutes, TransactionsAllowed, InstancesAllowed *int // nil: no limit
	// AutoRestore says that a VID taken away by RestoreOnAction (REVOKED, REGENERATE) is replaced at once.
	AutoRestore     bool
	RestoreOnAction string
}

// ParsePolicies reads mosip-vid-policy.json, in its order; types that the API does not know are left out.
func ParsePolicies(raw []byte) ([]Policy, error) {
	var wire struct {
		Policies []struct {
			Type   string `json:"vidType"`
			Policy struct {
				ValidFor     *int   `json:"validForInMinutes"`
				Transactions *int   `json:"transactionsAllowed"`
				Instances    *int   `json:"instancesAllowed"`
				AutoRestore  bool   `json:"autoRestoreAllowed"`
				OnAction     string `json:"restoreOnAction"`
			} `json:"vidPolicy"`
		} `json:"vidPolicies"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return nil, fmt.Errorf("vid policy: %w", err)
	}
	policies := make([]Policy, 0, len(wire.Policies))
	for _, w := range wire.Policies {
		if t, known := parseType(w.Type); known {
			policies = append(policies, Policy{
				Type: t, ValidForMinutes: w.Policy.ValidFor, TransactionsAllowed: w.Policy.Transactions,
				InstancesAllowed: w.Policy.Instances, AutoRestore: w.Policy.AutoRestore, RestoreOnAction: w.Policy.OnAction,
			})
		}
	}
	if len(policies) == 0 {
		return nil, fmt.Errorf("vid policy: no known type among %d", len(wire.Policies))
	}
	return policies, nil
}
