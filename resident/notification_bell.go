package resident

import (
	"context"

	"github.com/resident-graph/resident-graph/store"
)

// UnreadCount counts the events that moved by themselves and that the resident has not seen.
func (s *Service) UnreadCount(ctx context.Context, who *Resident) (int, error) {
	return s.Store.UnreadCount(ctx, who.TokenID)
}

// Notifications answers up to limit events that move by themselves, newest news first, from those whose news are older
// than the change before. unreadOnly leaves those that UnreadCount counts.
func (s *Service) Notifications(ctx context.Context, who *Resident, unreadOnly bool, before int64, limit int) ([]*store.Event, error) {
	return s.Store.Notifications(ctx, who.TokenID, unreadOnly, before, limit)
}

// SeeNotifications keeps that the resident has seen all news up to a change and answers how many are left. It never
// goes back.
func (s *Service) SeeNotifications(ctx context.Context, who *Resident, upTo int64) (int, error) {
	if err := s.Store.SeeNotifications(ctx, who.TokenID, upTo); err != nil {
		return 0, err
	}
	return s.UnreadCount(ctx, who)
}
