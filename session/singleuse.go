package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// What is known of something that can be used once.
const (
	inUse = "in-use"
	spent = "spent"
)

// ErrInUse says that what can be used once is being used right now; ErrSpent that it was.
var (
	ErrInUse = errors.New("in use")
	ErrSpent = errors.New("spent")
)

// Use claims what can be used once, on every replica, for at most within. name names it and holds nothing personal; it
// is remembered until. done ends the use: true spends it, false leaves it to be used again. ErrInUse and ErrSpent say
// why it cannot be used now.
func (m *Manager) Use(ctx context.Context, name string, within time.Duration, until time.Time) (done func(used bool), err error) {
	key := "once:" + name
	was, err := m.store.redis.SetArgs(ctx, key, inUse, redis.SetArgs{Mode: "NX", Get: true, TTL: within}).Result()
	switch {
	case errors.Is(err, redis.Nil): // it was not known
	case err != nil:
		return nil, fmt.Errorf("session: claim a single use: %w", err)
	case was == spent:
		return nil, ErrSpent
	default:
		return nil, ErrInUse
	}
	return func(used bool) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if used {
			err = m.store.redis.Set(ctx, key, spent, max(time.Until(until), time.Second)).Err()
		} else {
			err = m.store.redis.Del(ctx, key).Err()
		}
		if err != nil {
			m.log.WarnContext(ctx, "a single use is not recorded", "error", err)
		}
	}, nil
}
