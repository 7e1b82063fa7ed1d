package live

import (
	"context"
	"time"
)

// mine tells whether it is this replica's turn to ask about topic; with urgent it takes the turn.
// A start is urgent, so that it never waits for the lock of a process that died. A Redis that fails
// is no reason to be silent: asking twice does no harm, asking never does.
func (s *Subscriber) mine(ctx context.Context, topic string, urgent bool) bool {
	if s.cfg.Redis == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	key, lasts := "live:websub:"+topic, s.cfg.ResubscribeEvery*3/2
	if !urgent {
		if got, err := s.cfg.Redis.SetNX(ctx, key, s.instance, lasts).Result(); got || err != nil {
			return true
		}
		if holder, err := s.cfg.Redis.Get(ctx, key).Result(); err == nil && holder != s.instance {
			return false
		}
	}
	if err := s.cfg.Redis.Set(ctx, key, s.instance, lasts).Err(); err != nil {
		s.cfg.Log.WarnContext(ctx, "websub turn not taken", "error", err)
	}
	return true
}
