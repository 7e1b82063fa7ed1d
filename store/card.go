package store

import (
	"context"
	"errors"
)

const selectVidCards = `select distinct on (ref_hash) ` + eventColumns + ` from event
	where token_id = $1 and ref_hash = any($2) and request_type = 'VID_CARD_DOWNLOAD' order by ref_hash, created_at desc`

// VidCards answers the resident's newest request for the card of each of some VIDs, which are named by their hash; VIDs
// whose card was never asked for are left out.
func (s *Store) VidCards(ctx context.Context, tokenID string, hashes []string) ([]*Event, error) {
	return many[Event](s.pool.Query(ctx, selectVidCards, tokenID, hashes))
}

const selectOpenVidCard = `select ` + eventColumns + ` from event where token_id = $1 and ref_hash = $2
	and request_type = 'VID_CARD_DOWNLOAD' and status = 'IN_PROGRESS' and event_id <> $3 order by created_at desc limit 1`

// OpenVidCard answers another request of the same resident for the card of the same VID that is under way, nil for none.
func (t Tx) OpenVidCard(ctx context.Context, e *Event) (*Event, error) {
	found, err := one[Event](t.tx.Query(ctx, selectOpenVidCard, e.TokenID, e.RefHash, e.EventID))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return found, err
}

const selectVidRevoked = `select exists (select 1 from event where token_id = $1 and ref_hash = $2
	and request_type = 'REVOKE_VID' and status = 'SUCCESS')`

// VidRevoked says whether the resident revoked the VID that an event is about.
func (t Tx) VidRevoked(ctx context.Context, e *Event) (revoked bool, err error) {
	err = t.tx.QueryRow(ctx, selectVidRevoked, e.TokenID, e.RefHash).Scan(&revoked)
	return revoked, err
}
