package sandbox

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	reprocessAfter = 20 * time.Minute // mosip.credential.reprocess job
	mostRetries    = 10
)

// run does what is due until ctx ends:
//
//	NEW, RETRY ─► ISSUED ─► card:    STORED, with the card's URL
//	     │                  print:   PRINTING ─► IN_TRANSIT ─► CARD_DELIVERED
//	     ▼                  partner: what the settings say that partners report, or nothing
//	   FAILED
//
// ISSUED and FAILED are only to be read at the generator; what partners and the digital card service report is
// published too.
func (c *credentialRequests) run(ctx context.Context) {
	const again = time.Second
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-timer.C:
		}
		for {
			one, wait := c.next()
			if wait > 0 {
				timer.Reset(wait)
				break
			}
			if err := c.step(ctx, one); err != nil {
				c.log.WarnContext(ctx, "a credential request did not move", "error", err)
				timer.Reset(again)
				break
			}
		}
	}
}

// next returns what is due first and how long it still has to wait.
func (c *credentialRequests) next() (first credentialRequest, wait time.Duration) {
	const idle = time.Hour
	hold := c.settings.get().HoldCards
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.byID {
		if one.Due.IsZero() || hold && one.Status == "ISSUED" {
			continue
		}
		if first.Due.IsZero() || one.Due.Before(first.Due) {
			first = one
		}
	}
	if first.Due.IsZero() {
		return first, idle
	}
	return first, time.Until(first.Due)
}

func (c *credentialRequests) step(ctx context.Context, one credentialRequest) error {
	switch one.Status {
	case "NEW", "RETRY", "FAILED":
		return c.issue(ctx, one)
	}
	word := c.report(one)
	if word == "" {
		_, _, err := c.move(ctx, one, func(one *credentialRequest) { one.Due = time.Time{} })
		return err
	}
	url := ""
	if word == "STORED" && c.isCard(one.Ask) {
		var err error
		if url, err = c.shares.create(ctx, share{Policy: "mpolicy-default-digitalcard", Subscriber: digitalCardIssuer,
			RequestID: one.RequestID, Card: true}); err != nil {
			return err
		}
	}
	moved, changed, err := c.move(ctx, one, func(one *credentialRequest) {
		one.Status, one.Due, one.Comment = word, time.Time{}, "updated the status from partner"
		if url == "" {
			url = c.trackingURL(*one)
		}
		if url != "" {
			one.URL = &url
		}
		if word == "PRINTING" || word == "IN_TRANSIT" {
			one.Due = time.Now().UTC().Add(c.settings.get().cardDelay())
		}
	})
	if err != nil || !changed {
		return err
	}
	return c.tell(ctx, moved, url)
}

// issue is the credential service's part.
func (c *credentialRequests) issue(ctx context.Context, one credentialRequest) error {
	trouble := c.trouble(one.Ask)
	url := ""
	if trouble == "" {
		var err error
		if url, err = c.shares.create(ctx, share{Policy: c.partners.policyID(one.Ask.Issuer, one.Ask.CredentialType),
			Subscriber: one.Ask.Issuer, RequestID: one.RequestID}); err != nil {
			return err
		}
	}
	_, _, err := c.move(ctx, one, func(one *credentialRequest) {
		at := time.Now().UTC()
		if trouble == "" {
			one.Status, one.URL, one.Comment, one.Due = "ISSUED", &url, "credentials issued to partner", at.Add(c.settings.get().cardDelay())
			return
		}
		one.Status, one.Comment, one.Due = "FAILED", trouble, at.Add(reprocessAfter)
		if one.Retries++; one.Retries > mostRetries {
			one.Due = time.Time{}
		}
	})
	return err
}

// trouble is why a credential cannot be issued, in the words of the credential service; empty: it can.
func (c *credentialRequests) trouble(ask credentialAsk) string {
	if c.settings.get().FailCredentials {
		return "exception while formatting"
	}
	if c.partners.policy(ask.Issuer, ask.CredentialType) == nil && len(ask.Attributes) == 0 {
		return "Failed to get policy details"
	}
	if _, err := c.people.find(ask.ID, nil); err != nil {
		return "ID repo response is null"
	}
	return ""
}

func (c *credentialRequests) isCard(ask credentialAsk) bool {
	return ask.Issuer == digitalCardIssuer && strings.EqualFold(ask.CredentialType, cardType)
}

// report is what the receiver of a credential reports next; empty: nothing, for ever.
func (c *credentialRequests) report(one credentialRequest) string {
	switch {
	case c.isCard(one.Ask):
		return "STORED"
	case c.partners.kind(one.Ask.Issuer) == "Print_Partner":
		return map[string]string{"ISSUED": "PRINTING", "PRINTING": "IN_TRANSIT", "IN_TRANSIT": "CARD_DELIVERED"}[one.Status]
	default:
		return c.settings.get().PartnerStatus
	}
}

// tell publishes what the receiver reports, as the digital card service writes it.
func (c *credentialRequests) tell(ctx context.Context, one credentialRequest, url string) error {
	at := time.Now().UTC()
	publisher := "DIGITAL_CARD_SERVICE"
	if !c.isCard(one.Ask) {
		publisher = one.Ask.Issuer
	}
	event := map[string]any{
		"id": uuid.NewString(), "requestId": one.RequestID, "status": one.Status,
		"timestamp": at.Format("2006-01-02 15:04:05.000"), // java.sql.Timestamp: a blank, no zone
	}
	if url != "" {
		event["url"] = url
	}
	body, err := json.Marshal(map[string]any{
		"publisher": publisher, "topic": credentialTopic, "publishedOn": at.Format("2006-01-02T15:04:05.000"), "event": event,
	})
	if err != nil {
		return err
	}
	return c.publish(ctx, credentialTopic, body)
}
