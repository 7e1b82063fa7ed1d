package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const selectOld = `select token_id, event_id from event where updated_at < $1 and status <> 'IN_PROGRESS'
	and not exists (select 1 from grievance g where g.token_id = event.token_id and g.event_id = event.event_id
		and g.status = 'OPEN')
	order by updated_at limit $2 for update of event skip locked`

// What was locked is looked at once more: a grievance may have been committed after the statement above began to read, and
// before it locked the event. From then on nobody can complain of it.
const selectUndisputed = `select token_id, event_id from unnest($1::text[], $2::text[]) locked(token_id, event_id)
	where not exists (select 1 from grievance g where g.token_id = locked.token_id and g.event_id = locked.event_id
		and g.status = 'OPEN')`

const (
	deleteEvent     = `delete from event where token_id = $1 and event_id = $2`
	deleteChanges   = `delete from event_change where token_id = $1 and event_id = $2`
	deleteAuthLocks = `delete from auth_lock where token_id = $1 and event_id = $2`
	// What was answered goes with its event; an answer makes the event young again.
	deleteGrievances = `delete from grievance where token_id = $1 and event_id = $2`
	deleteShares     = `delete from share where token_id = $1 and event_id = $2`
	deleteCardOrders = `delete from card_order where token_id = $1 and event_id = $2`
	// A card is kept under its event, or under the hash of its credential request while any event is about that.
	deleteCardFiles = `with gone as (select event_id, coalesce(credential_request_id, aid || '-PDF') as request,
			coalesce(aid, substring(credential_request_id from '^(.+)-PDF$')) as aid from event
			where token_id = $1 and event_id = $2)
		delete from file using gone where file.token_id = $1 and (file.key = 'card/' || gone.event_id
			or file.key = 'card/' || upper(encode(sha256(convert_to(gone.request, 'UTF8')), 'hex'))
			and not exists (select 1 from event e where e.credential_request_id = gone.request
				and e.token_id = $1 and e.event_id <> gone.event_id)
			and not exists (select 1 from event e where e.aid = gone.aid and e.token_id = $1 and e.event_id <> gone.event_id))`
)

// Retain removes up to limit events that ended before a time, with all that belongs to them, and answers how many they
// were. What is under way stays, as does what a resident waits for an answer about. A cursor from before a change that is
// gone answers EXPIRED.
func (s *Store) Retain(ctx context.Context, before time.Time, limit int) (removed int64, err error) {
	err = s.InTx(ctx, func(t Tx) error {
		old, err := t.old(ctx, before, limit)
		// By key and not by a join, which would read all changes of all residents.
		work := &pgx.Batch{}
		for _, e := range old {
			for _, sql := range []string{deleteChanges, deleteAuthLocks, deleteGrievances, deleteShares,
				deleteCardOrders, deleteCardFiles, deleteEvent} {
				work.Queue(sql, e.TokenID, e.EventID)
			}
		}
		removed = int64(len(old))
		if err != nil || removed == 0 {
			return err
		}
		return t.tx.SendBatch(ctx, work).Close()
	})
	return removed, err
}

// eventKey names an event.
type eventKey struct{ TokenID, EventID string }

// old locks up to limit events that can be removed and answers them.
func (t Tx) old(ctx context.Context, before time.Time, limit int) ([]*eventKey, error) {
	locked, err := many[eventKey](t.tx.Query(ctx, selectOld, before, limit))
	if err != nil || len(locked) == 0 {
		return nil, err
	}
	var tokenIDs, eventIDs []string
	for _, e := range locked {
		tokenIDs, eventIDs = append(tokenIDs, e.TokenID), append(eventIDs, e.EventID)
	}
	return many[eventKey](t.tx.Query(ctx, selectUndisputed, tokenIDs, eventIDs))
}
