package session

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrNoSession means that nobody is signed in: never, no longer, or not with this cookie.
	ErrNoSession = errors.New("session: none")
	// ErrNoPicture means that e-Signet gave no photograph of the resident.
	ErrNoPicture = errors.New("session: no picture")
)

const endedChannel = "session:ended" // carries the IDs of sessions that were ended

// store keeps sessions in Redis:
//
//	session:{ID}           the record, encrypted, never rewritten; its TTL is the idle clock
//	session:{ID}:picture   the photograph, encrypted
//	sessions:<owner>       sorted set of a resident's IDs by absolute end, its owner an HMAC of the token id
//	login:{hash}           a login under way, encrypted, 10 minutes
//
// The braces keep a session's two keys in one slot of a Redis Cluster. Since the record is not rewritten, a late
// request cannot bring back a session that was ended.
type store struct {
	redis    redis.UniversalClient
	ownerKey []byte
}

// record is what rests in Redis for a session.
type record struct {
	Session Session
	IDToken string `json:",omitempty"` // hint for a provider that has a logout of its own; e-Signet has none
}

func newStore(client redis.UniversalClient, secret []byte) (*store, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "session owner", 32)
	if err != nil {
		return nil, fmt.Errorf("session: derive key: %w", err)
	}
	return &store{redis: client, ownerKey: key}, nil
}

func sessionKey(id string) string { return "session:{" + id + "}" }
func pictureKey(id string) string { return "session:{" + id + "}:picture" }

func (s *store) ownerSet(tokenID string) string {
	mac := hmac.New(sha256.New, s.ownerKey)
	mac.Write([]byte(tokenID))
	return "sessions:" + hex.EncodeToString(mac.Sum(nil))
}

// create writes a new session that ends after idle unless touched.
func (s *store) create(ctx context.Context, t ticket, rec *record, picture []byte, idle time.Duration) error {
	id, owner := t.hash(), s.ownerSet(rec.Session.TokenID)
	plain, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("session: encode: %w", err)
	}
	sealed, err := t.seal(sessionKey(id), plain)
	if err != nil {
		return err
	}
	sealedPicture, err := t.seal(pictureKey(id), picture)
	if err != nil {
		return err
	}
	absolute := rec.Session.ExpiresAt.Sub(rec.Session.CreatedAt)
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.ZRemRangeByScore(ctx, owner, "-inf", strconv.FormatInt(rec.Session.CreatedAt.Unix(), 10))
		p.ZAdd(ctx, owner, redis.Z{Score: float64(rec.Session.ExpiresAt.Unix()), Member: id})
		p.PExpire(ctx, owner, absolute+time.Minute)
		if rec.Session.HasPicture {
			p.Set(ctx, pictureKey(id), sealedPicture, idle)
		}
		p.Set(ctx, sessionKey(id), sealed, idle)
		return nil
	})
	if err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	return nil
}

// load returns the record and how long it lasts without activity.
func (s *store) load(ctx context.Context, t ticket) (*record, time.Duration, error) {
	name := sessionKey(t.hash())
	var value *redis.StringCmd
	var ttl *redis.DurationCmd
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		value, ttl = p.Get(ctx, name), p.PTTL(ctx, name)
		return nil
	})
	if errors.Is(err, redis.Nil) {
		return nil, 0, ErrNoSession
	}
	if err != nil {
		return nil, 0, fmt.Errorf("session: read: %w", err)
	}
	if ttl.Val() <= 0 { // gone between the two commands
		return nil, 0, ErrNoSession
	}
	plain, err := t.open(name, []byte(value.Val()))
	if err != nil {
		return nil, 0, ErrNoSession
	}
	rec := new(record)
	if err := json.Unmarshal(plain, rec); err != nil {
		return nil, 0, fmt.Errorf("session: decode: %w", err)
	}
	return rec, ttl.Val(), nil
}

// touch lets a session last for another ttl.
func (s *store) touch(ctx context.Context, id string, ttl time.Duration) error {
	var alive *redis.BoolCmd
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		alive = p.PExpire(ctx, sessionKey(id), ttl)
		p.PExpire(ctx, pictureKey(id), ttl)
		return nil
	})
	if err != nil {
		return fmt.Errorf("session: extend: %w", err)
	}
	if !alive.Val() {
		return ErrNoSession
	}
	return nil
}

func (s *store) picture(ctx context.Context, t ticket) ([]byte, error) {
	name := pictureKey(t.hash())
	sealed, err := s.redis.Get(ctx, name).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, ErrNoSession
	}
	if err != nil {
		return nil, fmt.Errorf("session: read picture: %w", err)
	}
	data, err := t.open(name, sealed)
	if err != nil {
		return nil, ErrNoSession
	}
	return data, nil
}

// end deletes a session and tells every replica.
func (s *store) end(ctx context.Context, id string) error {
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, sessionKey(id), pictureKey(id))
		p.Publish(ctx, endedChannel, id)
		return nil
	})
	return err
}

// sessionsOf lists the IDs of a resident's sessions; some may have ended.
func (s *store) sessionsOf(ctx context.Context, tokenID string) ([]string, error) {
	ids, err := s.redis.ZRange(ctx, s.ownerSet(tokenID), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("session: list: %w", err)
	}
	return ids, nil
}

// remaining tells for each session how long it lasts without activity; zero or less when it is over.
func (s *store) remaining(ctx context.Context, ids []string) ([]time.Duration, error) {
	cmds := make([]*redis.DurationCmd, len(ids))
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			cmds[i] = p.PTTL(ctx, sessionKey(id))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("session: read: %w", err)
	}
	left := make([]time.Duration, len(ids))
	for i, cmd := range cmds {
		left[i] = cmd.Val()
	}
	return left, nil
}
