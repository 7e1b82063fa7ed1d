package resident

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
	"github.com/resident-graph/resident-graph/upstream/print"
)

// payment is what the print partner says of an order.
type payment struct {
	order   print.Order
	refused *Error // why it was not paid; nil when it was
}

// notPaid are the print partner's refusals that end an order.
var notPaid = []string{"RES-SER-475", "RES-SER-476", "RES-SER-477", "RES-SER-478"}

// ReturnFromPayment takes a resident back from the print partner and answers where at this origin they go on. What they
// bring, a transaction id or "", is looked into once; whether anything was paid is the partner's to tell. NOT_FOUND says
// that it is no order of theirs. An order that cannot be settled now is settled by the reconciler.
func (s *Service) ReturnFromPayment(ctx context.Context, who *Resident, eventID, transactionID string) (location string, err error) {
	order, err := s.Store.CardOrder(ctx, who.TokenID, eventID)
	if err != nil {
		return "", err
	}
	first, err := s.Store.ReturnCardOrder(ctx, who.TokenID, eventID, s.Now().UTC(), nonEmpty(transactionID))
	if err != nil {
		return "", err
	}
	failpoint("order.returned")
	if first {
		s.settleReturned(ctx, who.TokenID, eventID, transactionID)
	}
	to, err := url.Parse(order.ReturnPath)
	if err != nil {
		return "", err
	}
	query := to.Query()
	query.Set("eventId", eventID)
	to.RawQuery = query.Encode()
	return s.Orders.Origin + to.String(), nil
}

// settleReturned goes on when the resident goes away: what a partner confirmed is worth something.
func (s *Service) settleReturned(ctx context.Context, tokenID, eventID, transactionID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*s.Deadline)
	defer cancel()
	e, err := s.Store.Event(ctx, tokenID, eventID)
	if err == nil {
		_, err = s.settlePayment(ctx, e, transactionID)
	}
	if err == nil {
		return
	}
	s.Log.WarnContext(ctx, "order not settled yet", "event", eventID, "error", err)
	if e != nil {
		after, done := context.WithTimeout(context.WithoutCancel(ctx), s.Deadline)
		defer done()
		_ = s.Store.CheckAgain(after, e, s.Now().Add(afterTrouble)) // else when its turn comes
	}
}

// askPayment asks the print partner how an order stands; nil for an order of which it knows no payment. Where the
// partner can name the payment of an order, what the resident brought does not count.
func (s *Service) askPayment(ctx context.Context, e *store.Event, transactionID string) (*payment, error) {
	if s.PrintPartner == nil {
		return nil, nil
	}
	if s.PrintOrders != nil {
		var err error
		if transactionID, err = s.PrintOrders.Payment(ctx, e.EventID); err != nil {
			return nil, err
		}
	}
	if transactionID == "" {
		return nil, nil
	}
	uin, err := s.uinOf(ctx, e)
	if err != nil {
		return nil, err
	}
	paid, err := s.PrintPartner.Status(ctx, transactionID, uin)
	if slices.ContainsFunc(notPaid, func(code string) bool { return upstream.HasCode(err, code) }) {
		return &payment{refused: AsError(err)}, nil
	}
	if err != nil {
		return nil, err
	}
	return &payment{order: paid}, nil
}

// settlePayment asks whether an order was paid and moves it on; a paid one has its credential asked for, once. It answers
// whether the partner knew of a payment; an attempt that failed is none while the resident may try again.
func (s *Service) settlePayment(ctx context.Context, e *store.Event, transactionID string) (known bool, err error) {
	asOf := s.Now().UTC()
	p, err := s.askPayment(ctx, e, transactionID)
	if err != nil || p == nil {
		return false, err
	}
	failpoint("order.verified")
	moved, trying := false, false
	err = s.Store.InTx(ctx, func(tx store.Tx) error {
		now, err := tx.LockEvent(ctx, e.TokenID, e.EventID)
		if err != nil || now.StatusDetail != ordered {
			return err
		}
		if p.refused != nil {
			if trying, err = s.mayTryAgain(ctx, tx, now, asOf); err != nil || trying {
				return err
			}
		}
		word, err := s.recordPayment(ctx, tx, now, p)
		if err != nil {
			return err
		}
		if moved, err = s.advance(ctx, tx, now, word, FromPrintPartner); err != nil {
			return err
		}
		*e = *now
		failpoint("order.settling")
		return tx.FinishEvent(ctx, now.TokenID, now.EventID, s.Now().UTC())
	})
	if err != nil || !moved {
		return !trying, err
	}
	failpoint("order.settled")
	s.wake(ctx, e.TokenID)
	if e.StatusDetail == paymentConfirmed {
		err = s.requestPrintedCard(ctx, e)
	}
	return true, err
}

// mayTryAgain says whether the resident of an order could still be at the partner's page at a time, where one attempt to
// pay follows another: they had not come back, and it could be paid.
func (s *Service) mayTryAgain(ctx context.Context, tx store.Tx, e *store.Event, asOf time.Time) (bool, error) {
	order, err := tx.CardOrder(ctx, e.TokenID, e.EventID)
	if err != nil {
		return false, err
	}
	return (order.ReturnedAt == nil || order.ReturnedAt.After(asOf)) && s.payable(order, asOf, false), nil
}

// recordPayment writes down what a payment came to and answers the event's word for it. What paid for another order pays
// for this one no more.
func (s *Service) recordPayment(ctx context.Context, tx store.Tx, e *store.Event, p *payment) (word string, err error) {
	refused := p.refused
	if refused == nil {
		ours, err := tx.PayCardOrder(ctx, e.TokenID, e.EventID, s.Now().UTC(), p.order.TransactionID, p.order.TrackingID)
		if err != nil || ours {
			return paymentConfirmed, err
		}
		refused = &Error{Code: Conflict}
	}
	code := string(refused.Code)
	e.ErrorCode, e.UpstreamCode = &code, nonEmpty(refused.UpstreamCode)
	return paymentFailed, nil
}

// requestPrintedCard asks for the credential of a paid order, under the id that it has had from its beginning. After an
// unknown outcome or trouble the reconciler reads what became of it; one that was turned down ends the order.
func (s *Service) requestPrintedCard(ctx context.Context, e *store.Event) error {
	order, err := s.Store.CardOrder(ctx, e.TokenID, e.EventID)
	if err != nil {
		return err
	}
	uin, err := s.uinOf(ctx, e)
	if err != nil {
		return err
	}
	err = s.Credentials.RequestAs(ctx, *e.CredentialRequestID, credential.Request{
		ID: uin, Type: s.Orders.CredentialType, Issuer: order.PartnerID, More: map[string]any{ // by which the partner knows the order
			"eventId": e.EventID, "paymentTransactionId": orEmpty(order.TransactionID), "trackingId": orEmpty(order.TrackingID)},
	})
	failpoint("order.requested")
	switch {
	case err == nil:
		return s.heardOfOrder(ctx, e, "", FromCredentials)
	case turnedDown(err):
		refused := AsError(err)
		code := string(refused.Code)
		e.ErrorCode, e.UpstreamCode = &code, nonEmpty(refused.UpstreamCode)
		return s.heardOfOrder(ctx, e, failedWord, FromCredentials)
	}
	return err
}

// heardOfOrder records that the request for the credential of an order was answered, and moves the event to word, ""
// for none.
func (s *Service) heardOfOrder(ctx context.Context, e *store.Event, word, source string) error {
	err := s.Store.InTx(ctx, func(tx store.Tx) error {
		now, err := tx.LockEvent(ctx, e.TokenID, e.EventID)
		if err != nil || now.Status != store.InProgress {
			return err
		}
		now.ErrorCode, now.UpstreamCode = e.ErrorCode, e.UpstreamCode
		if word != failedWord {
			if err := s.orderAccepted(ctx, tx, now); err != nil {
				return err
			}
		}
		_, err = s.advance(ctx, tx, now, word, source)
		return err
	})
	if err == nil {
		s.wake(ctx, e.TokenID)
	}
	return err
}

// orderAccepted has it told, once, that a card is on order: whoever hears first that the request has arrived.
func (s *Service) orderAccepted(ctx context.Context, tx store.Tx, e *store.Event) error {
	first, err := tx.AcceptCardOrder(ctx, e.TokenID, e.EventID, s.Now().UTC())
	if err != nil || !first {
		return err
	}
	return s.received(ctx, tx, e)
}

// unpaid ends an order that was not paid in time.
func (s *Service) unpaid(ctx context.Context, e *store.Event) error {
	err := s.Store.InTx(ctx, func(tx store.Tx) error {
		now, err := tx.LockEvent(ctx, e.TokenID, e.EventID)
		if err != nil || now.StatusDetail != ordered {
			return err
		}
		code := string(Expired)
		now.ErrorCode = &code
		_, err = s.advance(ctx, tx, now, paymentFailed, FromPrintPartner)
		return err
	})
	if err == nil {
		s.wake(ctx, e.TokenID)
	}
	return err
}

// payable says whether an order can still be paid at a time, as far as the partner has to be believed: while it does not
// answer, it has twice as long.
func (s *Service) payable(o *store.CardOrder, asOf time.Time, silent bool) bool {
	end := o.ExpiresAt
	if silent {
		end = end.Add(s.Orders.Timeout)
	}
	return asOf.Before(end)
}
