package sandbox

import (
	"sync"
	"time"
)

// settings is what /sandbox/settings changes while the sandbox runs.
type settings struct {
	mu  sync.RWMutex
	now settingValues
}

// settingValues is the JSON of /sandbox/settings.
type settingValues struct {
	AckDelayMs   int    `json:"ackDelayMs"`   // from a lock to IDA's acknowledgement
	HoldAcks     bool   `json:"holdAcks"`     // keep acknowledgements back; false lets them go
	HubMode      string `json:"hubMode"`      // "mosip" or "w3c"
	TokenSeconds int    `json:"tokenSeconds"` // life of a service token
	DropMessages bool   `json:"dropMessages"` // the hub loses what it is given, and tells nobody
}

func newSettings() *settings {
	return &settings{now: settingValues{AckDelayMs: 400, HubMode: "mosip", TokenSeconds: int(tokenLifetime / time.Second)}}
}

func (s *settings) get() settingValues {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.now
}

func (s *settings) set(v settingValues) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = v
}

func (v settingValues) tokenLifetime() time.Duration {
	return time.Duration(v.TokenSeconds) * time.Second
}

func (v settingValues) ackDelay() time.Duration {
	return time.Duration(v.AckDelayMs) * time.Millisecond
}
