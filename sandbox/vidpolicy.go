package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// vidPolicy is what the policy file rules for one type of VID.
type vidPolicy struct {
	ValidForInMinutes   *int   `json:"validForInMinutes"`   // nil: for ever
	TransactionsAllowed *int   `json:"transactionsAllowed"` // nil: without limit
	InstancesAllowed    int    `json:"instancesAllowed"`
	AutoRestoreAllowed  bool   `json:"autoRestoreAllowed"`
	RestoreOnAction     string `json:"restoreOnAction"`
}

// vidPolicies by type in capitals, as the VID service compares them.
type vidPolicies map[string]vidPolicy

// readVIDPolicies reads the very file the configuration server hands out.
func readVIDPolicies() (vidPolicies, error) {
	raw, err := data.ReadFile("data/mosip-vid-policy.json")
	if err != nil {
		return nil, fmt.Errorf("read the VID policy: %w", err)
	}
	var file struct {
		Policies []struct {
			Type   string    `json:"vidType"`
			Policy vidPolicy `json:"vidPolicy"`
		} `json:"vidPolicies"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("read the VID policy: %w", err)
	}
	policies := vidPolicies{}
	for _, p := range file.Policies {
		policies[strings.ToUpper(p.Type)] = p.Policy
	}
	return policies, nil
}

// expiry of a VID made at a time; the zero time means never.
func (p vidPolicy) expiry(made time.Time) time.Time {
	if p.ValidForInMinutes == nil {
		return time.Time{}
	}
	return made.Add(time.Duration(*p.ValidForInMinutes) * time.Minute)
}
