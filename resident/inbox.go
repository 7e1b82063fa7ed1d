package resident

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// Inbox works on the deliveries that were accepted, one after the other, in the order of their coming. Replicas share
// the work: a delivery is taken by one of them.
type Inbox struct {
	service *Service
	nudge   chan struct{}
}

// A delivery is parked after attemptsToPark failures.
const (
	attemptsToPark = 12
	inboxPoll      = time.Second
)

// NewInbox makes the inbox of a service.
func NewInbox(s *Service) *Inbox { return &Inbox{service: s, nudge: make(chan struct{}, 1)} }

// Accept keeps a verified delivery and has it worked on at once.
func (i *Inbox) Accept(ctx context.Context, topic string, body []byte) error {
	if err := i.service.Accept(ctx, topic, body); err != nil {
		return err
	}
	failpoint("inbox.kept")
	select {
	case i.nudge <- struct{}{}:
	default:
	}
	return nil
}

// Run works until ctx ends. What another replica accepted and could not work on is found by asking once a second.
func (i *Inbox) Run(ctx context.Context) error {
	poll := time.NewTicker(inboxPoll)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-i.nudge:
			i.drain(ctx)
		case <-poll.C:
			i.drain(ctx)
		}
	}
}

func (i *Inbox) drain(ctx context.Context) {
	for ctx.Err() == nil {
		found, err := i.service.workOnOne(ctx)
		if err != nil {
			if ctx.Err() == nil {
				i.service.Log.ErrorContext(ctx, "inbox", "error", err)
			}
			return
		}
		if !found {
			return
		}
	}
}

// deliveryDeadline bounds the work on one delivery: a lock that is held must not stop the others for good.
const deliveryDeadline = 30 * time.Second

// workOnOne applies the next delivery that is due, if there is one. Applying it and marking it as done are one
// transaction: a crash leaves both undone.
func (s *Service) workOnOne(ctx context.Context) (found bool, err error) {
	var d *store.Delivery
	var moved []string
	bounded, cancel := context.WithTimeout(ctx, deliveryDeadline)
	defer cancel()
	err = s.Store.InTx(bounded, func(tx store.Tx) error {
		ctx := bounded
		if d, err = tx.NextDelivery(ctx, s.Now().UTC()); err != nil {
			return err
		}
		failpoint("inbox.taken")
		if moved, err = s.apply(ctx, tx, d); err != nil {
			return err
		}
		failpoint("inbox.applied")
		return tx.AppliedDelivery(ctx, d.ID, s.Now().UTC())
	})
	switch {
	case err == nil:
		failpoint("inbox.committed")
		for _, tokenID := range moved {
			s.wake(ctx, tokenID)
		}
		return true, nil
	case d == nil && errors.Is(err, store.ErrNotFound):
		return false, nil
	case d == nil || ctx.Err() != nil:
		return false, err
	}
	return true, s.putOff(ctx, d, err)
}

// putOff tries a delivery again later, or parks it for an operator when that will not help.
func (s *Service) putOff(ctx context.Context, d *store.Delivery, cause error) error {
	if errors.Is(cause, errUnreadable) || d.Attempts+1 >= attemptsToPark {
		s.Log.ErrorContext(ctx, "delivery parked", "delivery", d.ID, "topic", d.Topic, "error", cause)
		if name := auditNameOfParked[d.Topic]; name != "" {
			s.Outgoing.auditSoon(name, auditRecord{At: s.Now().UTC(), Reference: strconv.FormatInt(d.ID, 10)})
		}
		return s.Store.ParkDelivery(ctx, d.ID, cause.Error())
	}
	s.Log.WarnContext(ctx, "delivery put off", "delivery", d.ID, "topic", d.Topic, "error", cause)
	return s.Store.RetryDelivery(ctx, d.ID, s.Now().UTC().Add(backoff(d.Attempts)))
}
