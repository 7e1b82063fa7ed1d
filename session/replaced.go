package session

import (
	"context"
	"fmt"
	"time"
)

// lateWithin is how long after a login a request may be answered that the browser sent before it, with its old cookie. An
// answer that took that cookie back would take the new one, since both have one name.
const lateWithin = time.Minute

func replacedKey(id string) string { return "session:{" + id + "}:replaced" }

// replace notes that the browser which had this session, over or not, has signed in anew.
func (s *store) replace(ctx context.Context, id string) error {
	if err := s.redis.Set(ctx, replacedKey(id), "", lateWithin).Err(); err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	return nil
}

// replaced tells whether that was a moment ago, also where Redis does not say: a cookie can be taken back later.
func (s *store) replaced(ctx context.Context, cookie string) bool {
	t, err := parseTicket(cookie)
	if err != nil {
		return false
	}
	n, err := s.redis.Exists(ctx, replacedKey(t.hash())).Result()
	return n > 0 || err != nil
}
