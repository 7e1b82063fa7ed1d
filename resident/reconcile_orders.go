package resident

import (
	"context"
	"errors"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
	"github.com/resident-graph/resident-graph/upstream/credential"
)

// askOrders asks the print partner about orders that nobody has paid yet, and the generator about those that were paid.
func (r *Reconciler) askOrders(ctx context.Context, events []*store.OpenEvent) error {
	var trouble error
	for _, e := range events {
		order, err := r.service.Store.CardOrder(ctx, e.TokenID, e.EventID)
		switch {
		case errors.Is(err, store.ErrNotFound): // imported
			err = r.askCredential(ctx, &e.Event)
		case err == nil && e.StatusDetail == ordered:
			err = r.askPayment(ctx, &e.Event, order)
		case err == nil:
			err = r.askPrintedCard(ctx, &e.Event, order)
		}
		trouble = errors.Join(trouble, err) // the one waits for another service than the other
	}
	return trouble
}

// askPayment settles an order whose resident did not come back, or came back while the partner was away.
func (r *Reconciler) askPayment(ctx context.Context, open *store.Event, order *store.CardOrder) error {
	s, asOf := r.service, r.service.Now().UTC()
	known, err := s.settlePayment(ctx, open, orEmpty(order.TransactionID))
	silent := err != nil
	if known || s.payable(order, asOf, silent) {
		if err == nil && !known {
			return s.Store.CheckAgain(ctx, open, order.ExpiresAt.Add(time.Second))
		}
		return err
	}
	return errors.Join(err, s.unpaid(ctx, open))
}

// askPrintedCard asks how the credential of a paid order stands. One that the generator does not know was lost on its
// way: once that is sure it is asked for again, under the same id, so that there is never more than one. What has been
// paid for is tried for as long as an order can be paid.
func (r *Reconciler) askPrintedCard(ctx context.Context, open *store.Event, order *store.CardOrder) error {
	s, asOf := r.service, r.service.Now().UTC()
	status, err := s.Credentials.Status(ctx, *open.CredentialRequestID)
	switch {
	case err == nil:
		return r.moveOrder(ctx, open, asOf, status)
	case !upstream.HasCode(err, credential.NotFound) || order.AcceptedAt != nil || order.AskedAt == nil:
		return err
	case order.PaidAt != nil && asOf.Sub(*order.PaidAt) > s.Orders.Timeout+r.config.Grace:
		notDone(open)
		return s.heardOfOrder(ctx, open, failedWord, FromCredentials)
	}
	late := order.AskedAt.Add(r.config.Grace)
	if asOf.Before(late) {
		return s.Store.CheckAgain(ctx, open, late.Add(time.Second))
	}
	ours, err := s.Store.AskCardOrder(ctx, open.TokenID, open.EventID, asOf.Add(-r.config.Grace), asOf)
	if err != nil || !ours {
		return err
	}
	return s.requestPrintedCard(ctx, open)
}

// moveOrder moves an order to what the generator says of its credential.
func (r *Reconciler) moveOrder(ctx context.Context, open *store.Event, asOf time.Time, status credential.Status) error {
	_, err := r.resolve(ctx, open, asOf, FromCredentials, func(tx store.Tx, e *store.Event, _ begun) (string, error) {
		return r.service.orderMoved(ctx, tx, e, credentialWord(e.RequestType, status.Word), status.URL)
	})
	return err
}
