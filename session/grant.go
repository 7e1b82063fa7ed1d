package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

func grantKey(id string) string       { return "session:{" + id + "}:grant" }
func refreshLockKey(id string) string { return "session:{" + id + "}:refresh" }

// refreshState is what a replica finds when it wants to refresh.
type refreshState int

const (
	refreshHeld   refreshState = iota // the lock is ours
	refreshBusy                       // another's
	refreshPaused                     // the last refresh failed a moment ago
)

const pausedValue = "paused"

// grant returns what a session was given, nil when there is nothing.
func (s *store) grant(ctx context.Context, t ticket) (*grant, error) {
	name := grantKey(t.hash())
	sealed, err := s.redis.Get(ctx, name).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("session: read grant: %w", err)
	}
	plain, err := t.open(name, sealed)
	if err != nil {
		return nil, err
	}
	g := new(grant)
	if err := json.Unmarshal(plain, g); err != nil {
		return nil, fmt.Errorf("session: decode grant: %w", err)
	}
	return g, nil
}

func (g *grant) seal(t ticket) ([]byte, error) {
	plain, err := json.Marshal(g) //nolint:gosec // it is encrypted in the next step
	if err != nil {
		return nil, fmt.Errorf("session: encode grant: %w", err)
	}
	return t.seal(grantKey(t.hash()), plain)
}

// replaceGrant stores a newer grant unless the session has ended meanwhile. A refresh token that is lost here is the
// session's end at the next refresh, so it is tried more than once.
func (s *store) replaceGrant(ctx context.Context, t ticket, g *grant) error {
	sealed, err := g.seal(t)
	if err != nil {
		return err
	}
	for try := range 3 {
		if try > 0 {
			time.Sleep(time.Duration(try) * 100 * time.Millisecond)
		}
		err = s.redis.SetArgs(ctx, grantKey(t.hash()), sealed, redis.SetArgs{Mode: "XX", KeepTTL: true}).Err()
		if err == nil {
			return nil
		}
		if errors.Is(err, redis.Nil) {
			return ErrNoSession
		}
	}
	return fmt.Errorf("session: write grant: %w", err)
}

// lockRefresh takes the lock of a session's refresh, or tells why it did not. lock releases it.
func (s *store) lockRefresh(ctx context.Context, id string) (lock string, state refreshState, err error) {
	lock = randomText()
	holder, err := s.redis.SetArgs(ctx, refreshLockKey(id), lock, redis.SetArgs{Mode: "NX", TTL: refreshLock, Get: true}).Result()
	switch {
	case errors.Is(err, redis.Nil): // nothing was there
		return lock, refreshHeld, nil
	case err != nil:
		return "", 0, fmt.Errorf("session: lock refresh: %w", err)
	case holder == pausedValue:
		return "", refreshPaused, nil
	}
	return "", refreshBusy, nil
}

// ifHeld does something with the lock only while it is still ours: a holder that was too slow must not touch another's.
const ifHeld = `if redis.call("get", KEYS[1]) ~= ARGV[1] then return 0 end `

func (s *store) unlockRefresh(ctx context.Context, id, lock string) error {
	script := redis.NewScript(ifHeld + `return redis.call("del", KEYS[1])`)
	if err := script.Run(ctx, s.redis, []string{refreshLockKey(id)}, lock).Err(); err != nil {
		return fmt.Errorf("session: unlock refresh: %w", err)
	}
	return nil
}

// pauseRefresh turns the lock into a pause, in which nobody refreshes.
func (s *store) pauseRefresh(ctx context.Context, id, lock string, pause time.Duration) error {
	script := redis.NewScript(ifHeld + `redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3]) return 1`)
	keys := []string{refreshLockKey(id)}
	if err := script.Run(ctx, s.redis, keys, lock, pausedValue, pause.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("session: pause refresh: %w", err)
	}
	return nil
}
