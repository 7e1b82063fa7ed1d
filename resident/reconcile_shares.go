package resident

import (
	"context"
	"errors"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
)

// askShare asks how a share stands. One that the generator does not know was never taken: it has failed once its call
// can no longer arrive. One that nobody works on for too long is called off before it is said to have failed, so that
// it is true. One that was issued is handed over; many partners never say that they have it.
func (r *Reconciler) askShare(ctx context.Context, open *store.Event) error {
	s, asOf := r.service, r.service.Now().UTC()
	var status credential.Status
	var err error
	if open.CredentialRequestID != nil {
		status, err = s.Credentials.Status(ctx, *open.CredentialRequestID)
		if err != nil && !upstream.HasCode(err, credential.NotFound) {
			return err
		}
	}
	if _, known := machines[open.RequestType].status(credentialWord(open.RequestType, status.Word)); !known &&
		status.Word != "" && status.Word != credential.Retry {
		status.Word = credential.Issued // a word of the partner's own: it has the credential
	}
	overdue := asOf.Sub(open.CreatedAt) > s.Shares.GiveUpAfter
	if status.Word == credential.Requested && overdue {
		err := s.Credentials.Cancel(ctx, *open.CredentialRequestID)
		if err != nil {
			return err // it has moved at last, or nothing is known; the next look tells
		}
		failpoint("reconcile.called_off")
		status.Word = credential.Cancelled
	}
	_, err = r.resolve(ctx, open, asOf, FromCredentials, func(tx store.Tx, e *store.Event, b begun) (string, error) {
		switch {
		case status.Word == credential.Cancelled && overdue:
			return givenUp(ctx, tx, e)
		case status.Word == "" && (!b.accepted && b.late || asOf.Sub(e.UpdatedAt) > s.Shares.GiveUpAfter+s.Shares.HandedOverAfter):
			return notDone(e), nil
		case status.Word == credential.Issued && e.StatusDetail == credential.Issued &&
			asOf.Sub(e.UpdatedAt) > s.Shares.HandedOverAfter:
			return handedOver, nil
		}
		return credentialWord(e.RequestType, status.Word), nil
	})
	if err != nil {
		return err
	}
	return r.lookAgain(ctx, open, status.Word, asOf)
}

// givenUp answers the word for a share that was called off after it was waited for too long. It has failed, also when
// that was called off at an earlier look that could not record it, unless the resident asked for it.
func givenUp(ctx context.Context, tx store.Tx, e *store.Event) (string, error) {
	_, err := tx.LockIdempotencyOf(ctx, e.TokenID, withdrawalOf(e.EventID))
	if !errors.Is(err, store.ErrNotFound) {
		return canceledWord, err
	}
	code := string(UpstreamTimeout)
	e.ErrorCode = &code
	return failedWord, nil
}

// lookAgain has a share looked at when it can be decided.
func (r *Reconciler) lookAgain(ctx context.Context, open *store.Event, word string, asOf time.Time) error {
	due := open.CreatedAt.Add(r.config.Grace + time.Second)
	if word == credential.Issued {
		due = asOf.Add(r.service.Shares.HandedOverAfter + time.Second)
	}
	if !due.After(asOf) {
		return nil
	}
	return r.service.Store.CheckAgain(ctx, open, due)
}
