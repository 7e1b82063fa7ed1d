package resident

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
)

// A write goes in three steps: the key, the event and what it asks for become visible together; then upstream is asked,
// once; then what upstream confirmed is recorded. Killed between two steps, the event stays IN_PROGRESS and tells the
// truth. The same key with the same input answers the first result.
type write struct {
	mutation string
	key      string
	input    any // what the key stands for; hashed, never kept
	request  store.RequestType
	// check asks what must be known before the write begins, and refuses; nil for nothing. A repeat is not checked: its
	// first call was, and its answer must not depend on who answers now.
	check func(context.Context) error
	// prepare fills in what the event is about.
	prepare func(*store.Event)
	// begin writes what belongs to the event, in the transaction of the event; nil for nothing.
	begin func(context.Context, store.Tx, *store.Event) error
	// same answers an event under way that does already what is asked, nil for none. The key stands for that one then.
	same func(context.Context, store.Tx, *store.Event) (*store.Event, error)
	// call asks upstream and answers the word for what it confirmed. Only what upstream said may be put into the event.
	call func(context.Context, *store.Event) (word string, err error)
	// end writes what belongs to the outcome, in its transaction; nil for nothing. failed says that upstream refused.
	end func(ctx context.Context, tx store.Tx, e *store.Event, failed bool) error
	// answer points to what the write answers beside its event: call fills it in, and a repeat finds it as it was. Nil for
	// nothing.
	answer any
	// resend says that repeating the call upstream is harmless, so a repeat may finish what a crash interrupted.
	resend bool
	// local says that nothing changes upstream by the call: what fails was not done, whatever is known of it.
	local bool
	// source is who is asked; FromIDRepository when empty.
	source string
	// outdated says that the resident has asked for something newer since, which repeating the call would undo; nil for
	// never.
	outdated func(context.Context, store.Tx, *store.Event) (bool, error)
}

// keptFor is how long a key is remembered, and longer while its event is open.
const keptFor = 48 * time.Hour

// do carries a write out and answers its event. The error says why upstream did not confirm it; the event is there all
// the same once the write has begun.
func (s *Service) do(ctx context.Context, who *Resident, w write) (*store.Event, error) {
	claim, err := claimOf(who.TokenID, w.mutation, w.key, w.input)
	if err != nil {
		return nil, err
	}
	taken, err := s.taken(ctx, claim)
	if err == nil && !taken && w.check != nil {
		if err = w.check(ctx); err != nil {
			// What refuses this call may be what the first one with its key has just done.
			taken, _ = s.taken(ctx, claim)
		}
	}
	switch {
	case taken:
		return s.repeat(ctx, claim, w)
	case err != nil:
		return nil, err
	}
	e, err := s.newEvent(ctx, who, w.request)
	if err != nil {
		return nil, err
	}
	w.prepare(e)
	begun, err := s.begin(ctx, claim, e, w)
	if other, ok := errors.AsType[*underWay](err); ok {
		return s.join(ctx, claim, w, other.event)
	}
	if err != nil {
		return nil, err
	}
	if !begun {
		return s.repeat(ctx, claim, w)
	}
	failpoint("write.begun")
	s.wake(ctx, e.TokenID)
	return s.carryOut(ctx, claim.IdempotencyKey, e, w, false)
}

// taken says whether the key of a claim stands for something already.
func (s *Service) taken(ctx context.Context, c claim) (bool, error) {
	_, err := s.Store.Idempotency(ctx, c.IdempotencyKey)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// begin makes key, event and what belongs to it visible together; false when the key is taken.
func (s *Service) begin(ctx context.Context, c claim, e *store.Event, w write) (begun bool, err error) {
	err = s.Store.InTx(ctx, func(tx store.Tx) error {
		begun, err = tx.Begin(ctx, c.IdempotencyKey, c.hash, e.EventID, e.CreatedAt)
		if err != nil || !begun {
			return err
		}
		failpoint("write.keyed")
		inserted, err := tx.InsertEvent(ctx, e, FromResident)
		if err == nil && !inserted {
			err = errors.New("an event id came twice")
		}
		if err == nil && w.same != nil { // the new event holds the resident's number, so nobody else is here
			err = w.another(ctx, tx, e)
		}
		if err != nil || w.begin == nil {
			return err
		}
		return w.begin(ctx, tx, e)
	})
	return begun, err
}

// carryOut asks upstream and records the outcome. It goes on when the caller goes away: what was sent is settled. With
// again, upstream was asked before and may have done it, so no error of this time says that it was not done.
func (s *Service) carryOut(ctx context.Context, key store.IdempotencyKey, e *store.Event, w write, again bool) (*store.Event, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline)
	defer cancel()
	word, callErr := w.call(ctx, e)
	failpoint("write.called")
	switch {
	case callErr == nil:
	case !w.local && (again || outcomeUnknown(callErr)):
		word = Unknown
		callErr = &Error{Code: OutcomeUnknown, UpstreamCode: AsError(callErr).UpstreamCode, err: callErr}
	default:
		word = failedWord
		refused := AsError(callErr)
		code := string(refused.Code)
		e.ErrorCode, e.UpstreamCode = &code, nonEmpty(refused.UpstreamCode)
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline)
	defer done()
	first, err := s.firstResult(ctx, w, callErr)
	if err == nil {
		err = s.settle(ctx, key, e, word, w, first)
	}
	if err != nil {
		// Upstream was asked and the answer could not be kept: the event tells so, and the reconciler finds out.
		s.Log.ErrorContext(ctx, "outcome not recorded", "event", e.EventID, "error", err)
		return e, &Error{Code: OutcomeUnknown, err: err}
	}
	failpoint("write.settled")
	s.wake(ctx, e.TokenID)
	if word == Unknown && e.Status != store.InProgress {
		return e, recorded(e, nil) // upstream's own message was faster than its answer
	}
	return e, callErr
}

const failedWord = "FAILED"

// settle records the outcome of a write. A delivery may have moved the event on meanwhile: then that stands.
func (s *Service) settle(ctx context.Context, key store.IdempotencyKey, e *store.Event, word string, w write, first store.FirstResult) error {
	var settled *store.Event
	err := s.Store.InTx(ctx, func(tx store.Tx) error {
		now, err := tx.LockEvent(ctx, e.TokenID, e.EventID)
		if err != nil {
			return err
		}
		now.RefHash, now.RefMasked, now.ErrorCode, now.UpstreamCode = e.RefHash, e.RefMasked, e.ErrorCode, e.UpstreamCode
		if _, err := s.advance(ctx, tx, now, word, cmp.Or(w.source, FromIDRepository)); err != nil {
			return err
		}
		if word == now.StatusDetail && word == machines[now.RequestType].start {
			if err := s.received(ctx, tx, now); err != nil {
				return err
			}
		}
		if w.end != nil && now.Status != store.InProgress {
			if err := w.end(ctx, tx, now, now.Status == store.Failed); err != nil {
				return err
			}
		}
		settled = now
		failpoint("write.settling")
		if word == Unknown {
			return nil // the key stays open, so that a repeat waits for what the reconciler finds
		}
		if err := tx.KeepResult(ctx, key, first); err != nil {
			return err
		}
		return tx.Finish(ctx, key, now.UpdatedAt)
	})
	if err == nil { // not before: what was rolled back did not happen
		*e = *settled
	}
	return err
}

// repeat answers for a key that is taken: it waits for the first call to finish and answers its result.
func (s *Service) repeat(ctx context.Context, c claim, w write) (*store.Event, error) {
	key := c.IdempotencyKey
	wake, stop := s.Wakes.Follow(key.TokenID)
	defer stop()
	for {
		first, err := s.Store.Idempotency(ctx, key)
		if err != nil {
			return nil, err
		}
		if err := c.fits(first); err != nil {
			return nil, err
		}
		e, err := s.Store.Event(ctx, key.TokenID, first.EventID)
		if err != nil {
			return nil, err
		}
		if e.Status != store.InProgress && first.FinishedAt == nil { // it ended between the two looks, and its answer is kept
			if first, err = s.Store.Idempotency(ctx, key); err != nil {
				return nil, err
			}
		}
		if first.FinishedAt != nil || e.Status != store.InProgress {
			if err := s.answerAgain(ctx, w, first.FirstResult); err != nil {
				return nil, err
			}
			return e, recorded(e, first.Sentence)
		}
		abandoned := s.Now().Sub(first.StartedAt) > 2*s.Deadline
		if e.StatusDetail == Unknown || abandoned {
			return s.retake(ctx, key, e, w)
		}
		select {
		case <-ctx.Done():
			return e, &Error{Code: OutcomeUnknown, err: ctx.Err()}
		case <-wake:
		case <-time.After(s.Deadline / 8):
		}
	}
}

// retake finishes a write whose first caller is gone, if upstream bears a second call; else the outcome stays unknown.
func (s *Service) retake(ctx context.Context, key store.IdempotencyKey, e *store.Event, w write) (*store.Event, error) {
	if !w.resend {
		return e, &Error{Code: OutcomeUnknown}
	}
	var ours bool
	err := s.Store.InTx(ctx, func(tx store.Tx) (err error) {
		if w.outdated != nil {
			if outdated, err := w.outdated(ctx, tx, e); err != nil || outdated {
				return err
			}
		}
		now := s.Now().UTC()
		ours, err = tx.Retake(ctx, key, now.Add(-2*s.Deadline), now)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !ours {
		return e, &Error{Code: OutcomeUnknown}
	}
	failpoint("write.retaken")
	return s.carryOut(ctx, key, e, w, true)
}

// recorded answers why an event failed, nil for one that did not. sentence is what the resident was told first, nil when
// the codes say it.
func recorded(e *store.Event, sentence *string) error {
	if e.Status != store.Failed || e.ErrorCode == nil {
		return nil
	}
	err := &Error{Code: ErrorCode(*e.ErrorCode), sentence: orEmpty(sentence)}
	if e.UpstreamCode != nil {
		err.UpstreamCode = *e.UpstreamCode
	}
	return err
}

// outcomeUnknown says that upstream may have done what it was asked, and nothing tells.
func outcomeUnknown(err error) bool {
	up, ok := errors.AsType[*upstream.Error](err)
	return ok && up.Sent
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
