package store

import "context"

const selectVidCards = `select distinct on (ref_hash) ` + eventColumns + ` from event
	where token_id = $1 and ref_hash = any($2) and request_type = 'VID_CARD_DOWNLOAD' order by ref_hash, created_at desc`

// VidCards answers the resident's newest request for the card of each of some VIDs, which are named by their hash; VIDs
// whose card was never asked for are left out.
func (s *Store) VidCards(ctx context.Context, tokenID string, hashes []string) ([]*Event, error) {
	return many[Event](s.pool.Query(ctx, selectVidCards, tokenID, hashes))
}
