package sandbox

import (
	"errors"
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

	CredentialDelayMs int    `json:"credentialDelayMs"` // from a request for a credential to ISSUED
	CardDelayMs       int    `json:"cardDelayMs"`       // from ISSUED to STORED, and between the states of what is printed
	HoldCards         bool   `json:"holdCards"`         // leave what is ISSUED as it is; false lets it go on
	FailCredentials   bool   `json:"failCredentials"`   // credentials cannot be issued: FAILED
	PartnerStatus     string `json:"partnerStatus"`     // what partners report of a credential; empty: they never do
	DataShareGets     int    `json:"dataShareGets"`     // how often a new share can be fetched; -1: any number of times
	PDFAsJSON         bool   `json:"pdfAsJson"`         // Data Share answers errors in place of files
	PDFCut            bool   `json:"pdfCut"`            // Data Share answers files without their end
	PDFPadMB          int    `json:"pdfPadMB"`          // what Data Share adds to files, in MB
	CardPasswords     bool   `json:"cardPasswords"`     // cards open with four letters of the name and the year of birth
}

func newSettings() *settings {
	return &settings{now: settingValues{
		AckDelayMs: 400, HubMode: "mosip", TokenSeconds: int(tokenLifetime / time.Second),
		CredentialDelayMs: 300, CardDelayMs: 700, PartnerStatus: "RECEIVED", DataShareGets: 5,
	}}
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

// check says what is wrong with settings.
func (v settingValues) check() error {
	switch {
	case v.AckDelayMs < 0, v.CredentialDelayMs < 0, v.CardDelayMs < 0:
		return errors.New("ackDelayMs, credentialDelayMs and cardDelayMs are 0 or more")
	case v.PDFPadMB < 0 || v.PDFPadMB > 100:
		return errors.New("pdfPadMB is 0 to 100")
	case v.TokenSeconds < 1:
		return errors.New("tokenSeconds is 1 or more")
	case v.HubMode != "mosip" && v.HubMode != "w3c":
		return errors.New("hubMode is mosip or w3c")
	case v.DataShareGets == 0 || v.DataShareGets < -1:
		return errors.New("dataShareGets is 1 or more, or -1")
	}
	return nil
}

func (v settingValues) credentialDelay() time.Duration {
	return time.Duration(v.CredentialDelayMs) * time.Millisecond
}

func (v settingValues) cardDelay() time.Duration {
	return time.Duration(v.CardDelayMs) * time.Millisecond
}

func (v settingValues) tokenLifetime() time.Duration {
	return time.Duration(v.TokenSeconds) * time.Second
}

func (v settingValues) ackDelay() time.Duration {
	return time.Duration(v.AckDelayMs) * time.Millisecond
}
