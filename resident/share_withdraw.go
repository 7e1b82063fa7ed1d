package resident

import (
	"context"
	"errors"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
)

// MayWithdraw says whether a share can still be called off as far as is known here: nobody works on it yet.
func MayWithdraw(share *store.Share) bool {
	return share.Status == store.InProgress && share.StatusDetail != "ISSUED" && share.CredentialRequestID != nil
}

// withdrawalOf is what the key of calling a share off stands under, so that it is not taken for the key of the share itself.
// It is settled with the share: one that has ended has been called off, or it is too late.
func withdrawalOf(eventID string) string { return "withdraw " + eventID }

// tooLate says that a share can no longer be called off.
func tooLate() *Error {
	return &Error{Code: Conflict, Path: []string{"input", "shareId"}, sentence: "TOO_LATE_TO_CANCEL"}
}

// WithdrawShare calls a share off that nobody works on yet, and answers it. CONFLICT says that it is too late, NOT_FOUND
// that it is not the resident's, UPSTREAM_UNAVAILABLE that upstream does not have it yet. Upstream is asked once; a call
// that had no answer is looked after by the reconciler.
func (s *Service) WithdrawShare(ctx context.Context, who *Resident, key, eventID string) (*store.Share, error) {
	claim, err := claimOf(who.TokenID, "withdrawShare", key, eventID)
	if err != nil {
		return nil, err
	}
	share, err := s.Share(ctx, who, eventID)
	if err != nil && AsError(err).Code == NotFound {
		return nil, Refuse(NotFound, "input", "shareId")
	}
	if err != nil {
		return nil, err
	}
	switch _, err := s.Store.Idempotency(ctx, claim.IdempotencyKey); {
	case err == nil:
		return s.withdrawnBefore(ctx, who, claim, share)
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	case !MayWithdraw(share):
		return share, tooLate()
	case s.Credentials == nil:
		return share, &Error{Code: UpstreamUnavailable}
	}
	begun, arrived := false, true
	if err := s.Store.InTx(ctx, func(tx store.Tx) (err error) {
		if begun, err = tx.Begin(ctx, claim.IdempotencyKey, claim.hash, withdrawalOf(eventID), s.Now().UTC()); err != nil || !begun {
			return err
		}
		switch first, err := tx.LockIdempotencyOf(ctx, who.TokenID, eventID); {
		case err == nil:
			arrived = first.FinishedAt != nil
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if !begun {
		return s.withdrawnBefore(ctx, who, claim, share)
	}
	failpoint("withdraw.begun")
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline)
	err = s.Credentials.Cancel(asking, *share.CredentialRequestID)
	cancel()
	failpoint("withdraw.called")
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline)
	defer done()
	switch {
	case err == nil:
		return s.settleWithdrawal(ctx, claim, share, nil)
	case upstream.HasCode(err, credential.NotFound) && !arrived: // the share itself is still on its way
		err = Wrap(UpstreamUnavailable, err)
		return share, errors.Join(err, s.Store.Unclaim(ctx, claim.IdempotencyKey))
	case outcomeUnknown(err), upstream.KindOf(err) == upstream.Refused: // what is called off already is refused too
		return s.findWithdrawn(ctx, claim, share)
	default: // nothing was sent: the key can be used again
		return share, errors.Join(err, s.Store.Unclaim(ctx, claim.IdempotencyKey))
	}
}

// withdrawnBefore answers for a key that is taken: it waits for the first call to finish, and asks when it never does.
func (s *Service) withdrawnBefore(ctx context.Context, who *Resident, claim claim, share *store.Share) (*store.Share, error) {
	wake, stop := s.Wakes.Follow(share.TokenID)
	defer stop()
	for {
		first, err := s.Store.Idempotency(ctx, claim.IdempotencyKey)
		switch {
		case err == nil:
			err = claim.fits(first)
		case errors.Is(err, store.ErrNotFound): // the first call found that it could not be sent
			err = Wrap(UpstreamUnavailable, err)
		}
		if err != nil {
			return nil, err
		}
		if share, err = s.Share(ctx, who, share.EventID); err != nil {
			return nil, err
		}
		switch {
		case share.Status == store.Canceled:
			return share, nil
		case first.FinishedAt != nil:
			return share, tooLate()
		case s.Now().Sub(first.StartedAt) > 2*s.Deadline:
			return s.findWithdrawn(ctx, claim, share)
		}
		select {
		case <-ctx.Done():
			return share, &Error{Code: OutcomeUnknown, err: ctx.Err()}
		case <-wake:
		case <-time.After(s.Deadline / 8):
		}
	}
}

// findWithdrawn asks how a share stands whose calling off had no answer.
func (s *Service) findWithdrawn(ctx context.Context, claim claim, share *store.Share) (*store.Share, error) {
	status, err := s.Credentials.Status(ctx, *share.CredentialRequestID)
	switch {
	case upstream.HasCode(err, credential.NotFound):
		return s.settleWithdrawal(ctx, claim, share, tooLate())
	case err != nil:
		return share, &Error{Code: OutcomeUnknown, err: err}
	case status.Word == credential.Cancelled:
		return s.settleWithdrawal(ctx, claim, share, nil)
	case status.Word == credential.Requested: // it may still arrive
		return share, &Error{Code: OutcomeUnknown}
	}
	return s.settleWithdrawal(ctx, claim, share, tooLate())
}

// settleWithdrawal records what came of calling a share off; refused is why it was not.
func (s *Service) settleWithdrawal(ctx context.Context, claim claim, share *store.Share, refused error) (*store.Share, error) {
	var settled *store.Event
	err := s.Store.InTx(ctx, func(tx store.Tx) error {
		e, err := tx.LockEvent(ctx, share.TokenID, share.EventID)
		if err != nil {
			return err
		}
		if refused == nil {
			_, err = s.advance(ctx, tx, e, canceledWord, FromResident)
		} else if e.Status != store.Canceled {
			err = s.Outgoing.queue.Add(ctx, tx, s.Outgoing.auditJob("CREDENTIAL_CANCEL_REQ_EXCEPTION", s.auditOf(e)))
		}
		if err != nil {
			return err
		}
		settled = e
		failpoint("withdraw.settling")
		return tx.Finish(ctx, claim.IdempotencyKey, s.Now().UTC())
	})
	if err != nil {
		// Upstream was asked and the answer could not be kept: the reconciler finds out.
		s.Log.ErrorContext(ctx, "outcome not recorded", "event", share.EventID, "error", err)
		return share, &Error{Code: OutcomeUnknown, err: err}
	}
	failpoint("withdraw.settled")
	s.wake(ctx, share.TokenID)
	share.Event = *settled
	switch {
	case share.Status == store.Canceled: // also when the reconciler was faster
		return share, nil
	case refused == nil:
		return share, tooLate()
	}
	return share, refused
}
