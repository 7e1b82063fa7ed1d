package resident

import (
	"context"
	"strings"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/registration"
)

// askCredentials asks how the credentials stand that events wait for.
func (r *Reconciler) askCredentials(ctx context.Context, events []*store.OpenEvent) error {
	for _, e := range events {
		ask := r.askCredential
		if e.RequestType == store.ShareCredWithPartner {
			ask = r.askShare
		}
		if err := ask(ctx, &e.Event); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) askCredential(ctx context.Context, open *store.Event) error {
	asOf, word := r.service.Now().UTC(), ""
	if open.CredentialRequestID != nil {
		status, err := r.service.Credentials.Status(ctx, *open.CredentialRequestID)
		if err != nil && !upstream.HasCode(err, credential.NotFound) {
			return err
		}
		word = credentialWord(open.RequestType, status.Word)
		if open.RequestType == store.GetMyID && word != credential.Stored {
			if word, err = r.uinCardWord(ctx, open); err != nil {
				return err
			}
		}
	}
	return r.report(ctx, open, asOf, FromCredentials, word)
}

// uinCardWord answers the word for a UIN card that the generator does not have ready any more: it is ready all the same
// where it is kept here, else "", for nothing was asked for and nothing will come.
func (r *Reconciler) uinCardWord(ctx context.Context, open *store.Event) (string, error) {
	kept, err := r.service.keepsCard(ctx, open.TokenID, *open.CredentialRequestID)
	if err != nil || !kept {
		return "", err
	}
	return credential.Stored, nil
}

// credentialWord answers our word for what the generator says.
func credentialWord(t store.RequestType, word string) string {
	switch {
	case strings.HasPrefix(word, "FAILED"): // IDA has FAILED_WITH_MAX_RETRIES, …
		return failedWord
	case word == credential.Cancelled:
		return canceledWord
	case word == "STORED" && cardTypes[t]:
		return cardReady
	}
	return word
}

// askRegistration asks how the packets of updates stand, and of those that are through how their card does.
func (r *Reconciler) askRegistration(ctx context.Context, events []*store.OpenEvent) error {
	for _, e := range events {
		var err error
		switch {
		case e.StatusDetail == "IDENTITY_UPDATED" && r.service.Credentials != nil:
			if e.CredentialRequestID == nil && e.AID != nil {
				card := *e.AID + credential.CardSuffix
				e.CredentialRequestID = &card
			}
			err = r.askCredential(ctx, &e.Event)
		case e.StatusDetail != "IDENTITY_UPDATED":
			err = r.askPacket(ctx, &e.Event)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) askPacket(ctx context.Context, open *store.Event) error {
	asOf, word := r.service.Now().UTC(), ""
	if open.AID != nil {
		status, err := r.service.Registration.Status(ctx, *open.AID)
		if err != nil && !upstream.HasCode(err, registration.NotFound) {
			return err
		}
		word = packetWord(status)
	}
	return r.report(ctx, open, asOf, FromRegistration, word)
}

// packetWord answers our word for an external status; "" for an unknown packet. PROCESSED is not the end there.
func packetWord(status string) string {
	switch status {
	case "":
		return ""
	case registration.UINGenerated:
		return "IDENTITY_UPDATED"
	case registration.Rejected:
		return "REJECTED"
	case registration.Reregister:
		return failedWord
	}
	return "PROCESSING"
}

// report moves an event to a word that upstream answered. Without one, upstream does not know the request: what was
// never accepted has then failed; what was accepted is waited for.
func (r *Reconciler) report(ctx context.Context, open *store.Event, asOf time.Time, source, word string) error {
	_, err := r.resolve(ctx, open, asOf, source, func(_ store.Tx, e *store.Event, b begun) (string, error) {
		if word == "" && !b.accepted && b.late {
			return notDone(e), nil
		}
		if end := r.service.overdueCard(e, word, asOf); end != "" {
			return end, nil
		}
		return word, nil
	})
	return err
}
