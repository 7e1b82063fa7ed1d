package resident

import (
	"context"
	"errors"
	"slices"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/credential"
)

// Tracking is how a resident follows a card on its way. URL is the partner's page for it, nil where there is none.
type Tracking struct {
	TrackingID string
	URL        *string
}

// Trackings answers how the cards that some of the resident's events ordered are followed, by event id, in at most one
// statement; events that ordered none, and orders that were not paid, are left out.
func (s *Service) Trackings(ctx context.Context, tokenID string, events []*store.Event) (map[string]*Tracking, error) {
	var ids []string
	for _, e := range events {
		if e.RequestType == store.OrderPhysicalCard {
			ids = append(ids, e.EventID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	orders, err := s.Store.CardOrders(ctx, tokenID, ids)
	if err != nil {
		return nil, err
	}
	found := map[string]*Tracking{}
	for _, o := range orders {
		if o.TrackingID != nil {
			found[o.EventID] = &Tracking{TrackingID: *o.TrackingID, URL: o.TrackingURL}
		}
	}
	return found, nil
}

// onItsWay are the words with which a partner may tell where a card can be followed. Before them, the URL of a request is
// that of the credential.
var onItsWay = []string{"PRINTING", "IN_TRANSIT", "CARD_DELIVERED"}

// trackable answers whether a URL that came with a word is where the card can be followed: at a host of the partners,
// and not the credential itself, whose URL the generator keeps until it hears of another.
func (s *Service) trackable(word, url string) bool {
	return slices.Contains(onItsWay, word) && s.Orders.trusts(url) && (s.DataShare == nil || !s.DataShare.Holds(url))
}

// orderMoved answers our word for what the generator or the partner says of an order, "" for nothing that counts: before
// it is paid there is nothing to say. It keeps what comes along. The event must be locked.
func (s *Service) orderMoved(ctx context.Context, tx store.Tx, e *store.Event, word, url string) (string, error) {
	if unpaid, err := unpaidOrder(ctx, tx, e); err != nil || unpaid || e.Status != store.InProgress {
		return "", err
	}
	if err := s.orderAccepted(ctx, tx, e); err != nil {
		return "", err
	}
	if s.trackable(word, url) {
		if err := tx.TrackCardOrder(ctx, e.TokenID, e.EventID, url); err != nil {
			return "", err
		}
	}
	if word == credential.Cancelled || word == canceledWord { // by an operator: nobody prints it
		return failedWord, nil
	}
	return word, nil
}

// unpaidOrder says whether an order waits for its payment. One that was imported stands at the same word once it is paid.
func unpaidOrder(ctx context.Context, tx store.Tx, e *store.Event) (bool, error) {
	if e.StatusDetail != ordered {
		return false, nil
	}
	_, err := tx.CardOrder(ctx, e.TokenID, e.EventID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return true, err
}
