package store

import (
	"context"
	"slices"
	"time"
)

// EventOrder is the order of the service history; pinned events come first in both.
type EventOrder string

// The orders of the service history.
const (
	NewestFirst EventOrder = "NEWEST_FIRST"
	OldestFirst EventOrder = "OLDEST_FIRST"
)

// EventPlace is where an event stands in the service history.
type EventPlace struct {
	Pinned    bool
	CreatedAt time.Time
	EventID   string
}

// EventFilter says which events are wanted; all that it says must hold.
type EventFilter struct {
	Types    []RequestType
	Statuses []EventStatus
	// From is the first moment that counts and To the first that does not; nil for no bound.
	From, To *time.Time
	// Text is part of the event id; any text, since it is compared and not matched.
	Text   string
	Pinned *bool
}

// HistoryPage says which page of a history is wanted: up to Limit events after Place (nil: from the start), or, with
// Backward, before it (nil: from the end).
type HistoryPage struct {
	Order    EventOrder
	Place    *EventPlace
	Backward bool
	Limit    int
}

// The pinned events and the others are each read in the order of event_list, from a place and no further than a page:
// a sort by pin and time would read all of the resident's events.
const (
	historyArm = `select ` + eventColumns + ` from event where token_id = $1 and request_type = any($2)
		and status = any($3) and created_at >= $4 and created_at < $5 and strpos(event_id, $6) > 0 and `
	pinnedArm     = historyArm + `pinned and $7 and (created_at, event_id) `
	restArm       = historyArm + `not pinned and $10 and (created_at, event_id) `
	down          = ` order by created_at desc, event_id desc limit $13`
	up            = ` order by created_at, event_id limit $13`
	pinnedDown    = `(` + pinnedArm + `< ($8, $9)` + down + `)`
	pinnedUp      = `(` + pinnedArm + `> ($8, $9)` + up + `)`
	restDown      = `(` + restArm + `< ($11, $12)` + down + `)`
	restUp        = `(` + restArm + `> ($11, $12)` + up + `)`
	selectHistory = `select * from (`
	both          = ` union all `

	newestForward  = selectHistory + pinnedDown + both + restDown + `) e order by pinned desc, created_at desc, event_id desc limit $13`
	newestBackward = selectHistory + pinnedUp + both + restUp + `) e order by pinned, created_at, event_id limit $13`
	oldestForward  = selectHistory + pinnedUp + both + restUp + `) e order by pinned desc, created_at, event_id limit $13`
	oldestBackward = selectHistory + pinnedDown + both + restDown + `) e order by pinned, created_at desc, event_id desc limit $13`
)

// The ends of time, as far as events are concerned.
var (
	beginning = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	end       = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
)

// History answers a page of a resident's events in one statement, in the order of the page also when it is read
// backward.
func (s *Store) History(ctx context.Context, tokenID string, f EventFilter, p HistoryPage) ([]*Event, error) {
	sql, descending := newestForward, true
	switch {
	case p.Order == OldestFirst && p.Backward:
		sql = oldestBackward
	case p.Order == OldestFirst:
		sql, descending = oldestForward, false
	case p.Backward:
		sql, descending = newestBackward, false
	}
	start := EventPlace{CreatedAt: end}
	if !descending {
		start.CreatedAt = beginning
	}
	pinned, rest := start, start
	withPinned, withRest := f.Pinned == nil || *f.Pinned, f.Pinned == nil || !*f.Pinned
	if p.Place != nil && p.Place.Pinned {
		pinned, withRest = *p.Place, withRest && !p.Backward
	} else if p.Place != nil {
		rest, withPinned = *p.Place, withPinned && p.Backward
	}
	from, to := beginning, end
	if f.From != nil {
		from = *f.From
	}
	if f.To != nil {
		to = *f.To
	}
	events, err := many[Event](s.pool.Query(ctx, sql, tokenID, f.Types, f.Statuses, from, to, f.Text,
		withPinned, pinned.CreatedAt, pinned.EventID, withRest, rest.CreatedAt, rest.EventID, p.Limit))
	if p.Backward {
		slices.Reverse(events)
	}
	return events, err
}
