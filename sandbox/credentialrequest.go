package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	credentialTopic   = "CREDENTIAL_STATUS_UPDATE"
	digitalCardIssuer = "mpartner-default-digitalcard"
	cardType          = "PDFCard"
	cardSuffix        = "-PDF" // of the request that the registration processor makes for an AID
)

// credentialStatus is how a request stands, as the generator shows it.
type credentialStatus struct {
	RequestID string  `json:"requestId"`
	ID        string  `json:"id"` // the id that was given when it was made
	Status    string  `json:"statusCode"`
	URL       *string `json:"url"`
}

// credentialAsk is request of a request. The names are as misspelt as MOSIP's.
type credentialAsk struct {
	ID             string         `json:"id"`
	CredentialType string         `json:"credentialType"`
	Issuer         string         `json:"issuer"`
	Recipient      *string        `json:"recepiant"`
	User           *string        `json:"user"`
	Encrypt        bool           `json:"encrypt"`
	EncryptionKey  *string        `json:"encryptionKey"`
	Attributes     []string       `json:"sharableAttributes"`
	AdditionalData additionalData `json:"additionalData"`
}

// additionalData is free; these are the members that the credential service acts upon.
type additionalData map[string]any

// credentialRequest is a request for a credential or a card.
type credentialRequest struct {
	credentialStatus
	Ask     credentialAsk `json:"request"`
	Comment string        `json:"statusComment,omitempty"`
	Made    time.Time     `json:"createDateTime"`
	Moved   time.Time     `json:"updateDateTime"`
	Due     time.Time     `json:"due"` // when the next thing happens to it; zero: nothing more
	Retries int           `json:"retries,omitempty"`
}

// credentialRequests is the credential request generator with what works behind it: the credential service, the
// digital card service and the partners.
type credentialRequests struct {
	state    *state
	settings *settings
	people   *identity
	partners *partners
	shares   *dataShares
	keys     *keyManager
	journal  *journal
	publish  func(ctx context.Context, topic string, body []byte) error
	log      *slog.Logger
	wake     chan struct{} // capacity 1: something to look at

	mu   sync.Mutex
	byID map[string]credentialRequest
}

// load reads what an earlier start knew.
func (c *credentialRequests) load(ctx context.Context) error {
	c.byID, c.wake = map[string]credentialRequest{}, make(chan struct{}, 1)
	records, err := c.state.load(ctx, "credential")
	if err != nil {
		return err
	}
	for key, record := range records {
		var one credentialRequest
		if err := json.Unmarshal(record, &one); err != nil {
			return fmt.Errorf("read a credential request: %w", err)
		}
		c.byID[key] = one
	}
	return nil
}

// find returns a request. The card of somebody's registration was made when they registered.
func (c *credentialRequests) find(ctx context.Context, requestID string) (one credentialRequest, known bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one, known = c.byID[requestID]; known {
		return one, true, nil
	}
	rid, isCard := cutCardSuffix(requestID)
	if !isCard || c.people.residents.byRID(rid) == nil {
		return one, false, nil
	}
	one = credentialRequest{
		credentialStatus: credentialStatus{RequestID: requestID, ID: rid, Status: "STORED"}, Made: certificateFrom, Moved: certificateFrom,
		Ask: credentialAsk{ID: rid, CredentialType: cardType, Issuer: digitalCardIssuer, AdditionalData: additionalData{
			"templateTypeCode": "RPR_UIN_CARD_TEMPLATE", "registrationId": rid,
		}},
	}
	url, err := c.shares.create(ctx, share{Policy: "mpolicy-default-digitalcard", Subscriber: digitalCardIssuer, RequestID: requestID, Card: true})
	if err != nil {
		return one, false, err
	}
	one.URL = &url
	return one, true, c.keep(ctx, one)
}

// move applies a change to a request that is still as it was, and says whether it was.
func (c *credentialRequests) move(ctx context.Context, was credentialRequest, change func(*credentialRequest)) (credentialRequest, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.byID[was.RequestID]
	if one.Status != was.Status || !one.Moved.Equal(was.Moved) {
		return one, false, nil
	}
	change(&one)
	one.Moved = time.Now().UTC()
	return one, true, c.keep(ctx, one)
}

// keep stores a request. The caller holds mu.
func (c *credentialRequests) keep(ctx context.Context, one credentialRequest) error {
	if err := c.state.save(ctx, "credential", one.RequestID, one); err != nil {
		return err
	}
	c.byID[one.RequestID] = one
	c.look()
	return nil
}

// look makes run see that a request or the settings changed.
func (c *credentialRequests) look() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
