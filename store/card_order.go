package store

import (
	"context"
	"time"
)

// CardOrder is what an order of a physical card has beyond its event.
type CardOrder struct {
	TokenID   string
	EventID   string
	PartnerID string
	// Page is the partner's page for orders, ReturnPath where the resident comes back to on this origin.
	Page       string
	ReturnPath string
	ExpiresAt  time.Time  // the resident's way back brings one payment and works until then
	ReturnedAt *time.Time // when it was used
	// TransactionID is the payment: as the resident brought it, until PaidAt as the partner confirmed it.
	TransactionID *string
	PaidAt        *time.Time
	AskedAt       *time.Time // when the credential was asked for, the last time
	AcceptedAt    *time.Time // when it was known that the request has arrived
	TrackingID    *string
	TrackingURL   *string
}

const cardOrderColumns = `token_id, event_id, partner_id, page, return_path, expires_at, returned_at, transaction_id, paid_at,
	asked_at, accepted_at, tracking_id, tracking_url`

const insertCardOrder = `insert into card_order (token_id, event_id, partner_id, page, return_path, expires_at) values ($1,$2,$3,$4,$5,$6)`

// InsertCardOrder keeps an order that nobody has paid yet.
func (t Tx) InsertCardOrder(ctx context.Context, o *CardOrder) error {
	_, err := t.tx.Exec(ctx, insertCardOrder, o.TokenID, o.EventID, o.PartnerID, o.Page, o.ReturnPath, o.ExpiresAt)
	return err
}

const selectCardOrder = `select ` + cardOrderColumns + ` from card_order where token_id = $1 and event_id = $2`

// CardOrder answers an order of a resident, or ErrNotFound.
func (s *Store) CardOrder(ctx context.Context, tokenID, eventID string) (*CardOrder, error) {
	return one[CardOrder](s.pool.Query(ctx, selectCardOrder, tokenID, eventID))
}

// CardOrder answers an order of a resident, or ErrNotFound.
func (t Tx) CardOrder(ctx context.Context, tokenID, eventID string) (*CardOrder, error) {
	return one[CardOrder](t.tx.Query(ctx, selectCardOrder, tokenID, eventID))
}

const selectCardOrders = `select ` + cardOrderColumns + ` from card_order where token_id = $1 and event_id = any($2)`

// CardOrders answers the orders among some of the resident's events.
func (s *Store) CardOrders(ctx context.Context, tokenID string, eventIDs []string) ([]*CardOrder, error) {
	return many[CardOrder](s.pool.Query(ctx, selectCardOrders, tokenID, eventIDs))
}

const returnCardOrder = `update card_order set returned_at = $3, transaction_id = $4
	where token_id = $1 and event_id = $2 and expires_at > $3 and paid_at is null
		and (returned_at is null or transaction_id is null and $4::text is not null)`

// ReturnCardOrder uses up the resident's way back, on which they brought a transaction id (nil for none, which leaves it
// open for one that brings some). It answers false when it was used before, has expired, or is not needed any more.
func (s *Store) ReturnCardOrder(ctx context.Context, tokenID, eventID string, at time.Time, transactionID *string) (bool, error) {
	tag, err := s.pool.Exec(ctx, returnCardOrder, tokenID, eventID, at, transactionID)
	return tag.RowsAffected() == 1, err
}

const payCardOrder = `update card_order o set paid_at = $3, asked_at = $3, transaction_id = $4, tracking_id = $5
	where token_id = $1 and event_id = $2 and paid_at is null
		and not exists (select 1 from card_order p where p.partner_id = o.partner_id and p.transaction_id = $4 and p.paid_at is not null)`

// PayCardOrder records the payment of an order, and that its credential is about to be asked for. It answers false when
// the transaction has paid for another order.
func (t Tx) PayCardOrder(ctx context.Context, tokenID, eventID string, at time.Time, transactionID, trackingID string) (bool, error) {
	tag, err := t.tx.Exec(ctx, payCardOrder, tokenID, eventID, at, transactionID, trackingID)
	return tag.RowsAffected() == 1, err
}

const askCardOrder = `update card_order set asked_at = $4
	where token_id = $1 and event_id = $2 and accepted_at is null and asked_at < $3`

// AskCardOrder claims the right to ask for the credential of a paid order that was asked for before a time and never
// arrived. It answers false when someone else was faster.
func (s *Store) AskCardOrder(ctx context.Context, tokenID, eventID string, askedBefore, at time.Time) (bool, error) {
	tag, err := s.pool.Exec(ctx, askCardOrder, tokenID, eventID, askedBefore, at)
	return tag.RowsAffected() == 1, err
}

const acceptCardOrder = `update card_order set accepted_at = $3
	where token_id = $1 and event_id = $2 and paid_at is not null and accepted_at is null`

// AcceptCardOrder records that the request for the credential has arrived. It answers false when that was known.
func (t Tx) AcceptCardOrder(ctx context.Context, tokenID, eventID string, at time.Time) (bool, error) {
	tag, err := t.tx.Exec(ctx, acceptCardOrder, tokenID, eventID, at)
	return tag.RowsAffected() == 1, err
}

const trackCardOrder = `update card_order set tracking_url = $3
	where token_id = $1 and event_id = $2 and tracking_url is distinct from $3`

// TrackCardOrder keeps where the resident can see how far the card has come.
func (t Tx) TrackCardOrder(ctx context.Context, tokenID, eventID, url string) error {
	_, err := t.tx.Exec(ctx, trackCardOrder, tokenID, eventID, url)
	return err
}
