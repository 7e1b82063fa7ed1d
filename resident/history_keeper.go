package resident

import (
	"context"
	"time"
)

// HistoryKeeper removes from the history what is older than the country keeps.
type HistoryKeeper struct {
	service *Service
	keep    time.Duration
}

// ShortestHistory is the least that can be kept: changes that a client has not read yet must still be there.
const ShortestHistory = 30 * 24 * time.Hour

const keepEvery = 24 * time.Hour

// NewHistoryKeeper makes a keeper; keep 0 keeps everything, and less than ShortestHistory is taken as that.
func NewHistoryKeeper(s *Service, keep time.Duration) *HistoryKeeper {
	if keep > 0 {
		keep = max(keep, ShortestHistory)
	}
	return &HistoryKeeper{service: s, keep: keep}
}

// Run works at once and then daily, until ctx ends. Replicas share the work.
func (k *HistoryKeeper) Run(ctx context.Context) error {
	if k.keep == 0 {
		return nil
	}
	daily := time.NewTicker(keepEvery)
	defer daily.Stop()
	for {
		removed, err := k.service.Store.Retain(ctx, k.service.Now().UTC().Add(-k.keep))
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			k.service.Log.WarnContext(ctx, "old events stay", "error", err)
		case removed > 0:
			k.service.Log.InfoContext(ctx, "old events removed", "events", removed)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-daily.C:
		}
	}
}
