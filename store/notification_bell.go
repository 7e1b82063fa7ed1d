package store

import "context"

// What the bell counts: events that moved by themselves, are not read, and moved after the resident last looked.
const isNews = ` and not read and news > coalesce((select bell_seen from resident_state where token_id = $1), 0)`

const countUnread = `select count(*) from event where token_id = $1 and async` + isNews

// UnreadCount counts the events with news since the resident last looked at the bell.
func (s *Store) UnreadCount(ctx context.Context, tokenID string) (n int, err error) {
	err = s.pool.QueryRow(ctx, countUnread, tokenID).Scan(&n)
	return n, err
}

const selectNotifications = `select ` + eventColumns + ` from event where token_id = $1 and async and news < $2
	order by news desc limit $3`

const selectUnreadNotifications = `select ` + eventColumns + ` from event where token_id = $1 and async and news < $2` +
	isNews + ` order by news desc limit $3`

// Notifications answers up to limit events that move by themselves and whose news are older than the change before,
// newest news first; unreadOnly leaves those that UnreadCount counts.
func (s *Store) Notifications(ctx context.Context, tokenID string, unreadOnly bool, before int64, limit int) ([]*Event, error) {
	if unreadOnly {
		return many[Event](s.pool.Query(ctx, selectUnreadNotifications, tokenID, before, limit))
	}
	return many[Event](s.pool.Query(ctx, selectNotifications, tokenID, before, limit))
}

const seeNotifications = `insert into resident_state (token_id, bell_seen) values ($1, $2) on conflict (token_id)
	do update set bell_seen = greatest(resident_state.bell_seen, excluded.bell_seen)`

// SeeNotifications keeps that the resident has seen the news up to a change. It never goes back.
func (s *Store) SeeNotifications(ctx context.Context, tokenID string, upTo int64) error {
	_, err := s.pool.Exec(ctx, seeNotifications, tokenID, upTo)
	return err
}

const readEvent = `update event set read = true where token_id = $1 and event_id = $2`

// ReadEvent marks an event as read and records that as a change, which is no news.
func (t Tx) ReadEvent(ctx context.Context, e *Event, c *Change) error {
	if _, err := t.tx.Exec(ctx, readEvent, e.TokenID, e.EventID); err != nil {
		return err
	}
	return t.recordChange(ctx, c)
}
