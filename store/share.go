package store

import (
	"context"
	"time"
)

// SharedAttribute is an attribute as a resident agreed to share it; Format is nil for the attribute as it is.
type SharedAttribute struct {
	Name   string  `json:"name"`
	Format *string `json:"format,omitempty"`
	Masked bool    `json:"masked,omitempty"`
}

// Share is an event in which a resident shared something. What follows the event is nil for one that was imported.
type Share struct {
	Event
	Shared         []SharedAttribute
	ConsentVersion *string
	PolicyID       *string
	ExpiresAt      *time.Time // when the partner's policy ends
}

const insertShare = `insert into share (token_id, event_id, shared, consent_version, policy_id, expires_at) values ($1,$2,$3,$4,$5,$6)`

// InsertShare keeps what an event shares.
func (t Tx) InsertShare(ctx context.Context, s *Share) error {
	_, err := t.tx.Exec(ctx, insertShare, s.TokenID, s.EventID, s.Shared, s.ConsentVersion, s.PolicyID, s.ExpiresAt)
	return err
}

const fromShares = `select ` + eventColumns + `, shared, consent_version, policy_id, expires_at
	from event left join share using (token_id, event_id)
	where token_id = $1 and request_type = 'SHARE_CRED_WITH_PARTNER'`

const selectShare = fromShares + ` and event_id = $2`

// Share answers one share of a resident, or ErrNotFound.
func (s *Store) Share(ctx context.Context, tokenID, eventID string) (*Share, error) {
	return one[Share](s.pool.Query(ctx, selectShare, tokenID, eventID))
}

// SharePlace is where a share stands in a list.
type SharePlace struct {
	CreatedAt time.Time
	EventID   string
}

const selectShares = fromShares + ` and ($2 = '' or partner_id = $2) and (created_at, event_id) < ($3, $4)
	order by created_at desc, event_id desc limit $5`

// Shares answers up to limit shares of a resident with a partner (any when it is empty) after a place (nil: from the
// newest), newest first.
func (s *Store) Shares(ctx context.Context, tokenID, partnerID string, after *SharePlace, limit int) ([]*Share, error) {
	if after == nil {
		after = &SharePlace{CreatedAt: end}
	}
	return many[Share](s.pool.Query(ctx, selectShares, tokenID, partnerID, after.CreatedAt, after.EventID, limit))
}
