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
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrNoSession means that nobody is signed in: never, no longer, or not with this cookie.
	ErrNoSession = errors.New("session: none")
	// ErrNoPicture means that e-Signet gave no photograph of the resident.
	ErrNoPicture = errors.New("session: no picture")
)

// store keeps sessions in Redis:
//
//	session:{ID}           the record, encrypted, never rewritten; its TTL is the idle clock
//	session:{ID}:picture   the photograph, encrypted
//	session:{ID}:grant     the refresh token, encrypted, of a provider that gives one
//	session:{ID}:refresh   who refreshes at the moment, or that nobody should for now
//	session:{ID}:replaced  that its browser has signed in anew, a minute
//	sessions:<set>         sorted set of IDs by absolute end, its name an HMAC of the token id, or of the
//	                       provider's sid or sub
//	logout:<jti>           a logout token that was followed, as HMAC
//	login:{hash}           a login under way, encrypted, 10 minutes
//	bearer:{hash}          the resident behind a bearer token, encrypted with a key made of the token, seconds
//
// The braces keep a session's keys in one slot of a Redis Cluster. Since the record is not rewritten, and the grant
// only where there is one, a late request cannot bring back a session that was ended.
type store struct {
	redis    redis.UniversalClient
	ownerKey []byte
}

// record is what rests in Redis for a session.
type record struct {
	Session     Session
	IDToken     string `json:",omitempty"` // hint for a provider that has a logout of its own; e-Signet has none
	Refreshable bool   `json:",omitempty"` // there is a grant
}

// created is a new session with all that belongs to it.
type created struct {
	ticket  ticket
	record  *record
	picture []byte
	grant   *grant   // nil when there is none
	sets    []string // beside the resident's own
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

func (s *store) ownerSet(tokenID string) string { return s.set(tokenID) }

// providerSets are where a logout finds the session that the provider calls sid, or all of its sub.
func (s *store) providerSets(issuer, sid, subject string) []string {
	sets := []string{s.subjectSet(issuer, subject)}
	if sid != "" {
		sets = append(sets, s.sidSet(issuer, sid))
	}
	return sets
}

func (s *store) sidSet(issuer, sid string) string         { return s.set("sid", issuer, sid) }
func (s *store) subjectSet(issuer, subject string) string { return s.set("sub", issuer, subject) }
func (s *store) set(parts ...string) string               { return "sessions:" + s.pseudonym(parts...) }

func (s *store) pseudonym(parts ...string) string {
	mac := hmac.New(sha256.New, s.ownerKey)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(mac.Sum(nil))
}

// create writes a new session that ends after idle unless touched.
func (s *store) create(ctx context.Context, c *created, idle time.Duration) error {
	id, session := c.ticket.hash(), &c.record.Session
	values, err := c.sealed()
	if err != nil {
		return err
	}
	absolute := session.ExpiresAt.Sub(session.CreatedAt)
	_, err = s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, set := range append(c.sets, s.ownerSet(session.TokenID)) {
			p.ZRemRangeByScore(ctx, set, "-inf", strconv.FormatInt(session.CreatedAt.Unix(), 10))
			p.ZAdd(ctx, set, redis.Z{Score: float64(session.ExpiresAt.Unix()), Member: id})
			p.PExpire(ctx, set, absolute+time.Minute)
		}
		for name, value := range values {
			p.Set(ctx, name, value, idle)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	return nil
}

// sealed is what is written, by Redis key.
func (c *created) sealed() (values map[string][]byte, err error) {
	id := c.ticket.hash()
	plain, err := json.Marshal(c.record)
	if err != nil {
		return nil, fmt.Errorf("session: encode: %w", err)
	}
	values = map[string][]byte{}
	if values[sessionKey(id)], err = c.ticket.seal(sessionKey(id), plain); err != nil {
		return nil, err
	}
	if c.record.Session.HasPicture {
		if values[pictureKey(id)], err = c.ticket.seal(pictureKey(id), c.picture); err != nil {
			return nil, err
		}
	}
	if c.grant != nil {
		if values[grantKey(id)], err = c.grant.seal(c.ticket); err != nil {
			return nil, err
		}
	}
	return values, nil
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

// touch lets a session last for another ttl and tells every replica.
func (s *store) touch(ctx context.Context, id string, ttl time.Duration) error {
	var alive *redis.BoolCmd
	_, err := s.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		alive = p.PExpire(ctx, sessionKey(id), ttl)
		p.PExpire(ctx, pictureKey(id), ttl)
		p.PExpire(ctx, grantKey(id), ttl)
		p.Publish(ctx, changeChannel, extendedMessage(id, ttl))
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
		p.Del(ctx, sessionKey(id), pictureKey(id), grantKey(id), refreshLockKey(id))
		p.Publish(ctx, changeChannel, endedMessage(id))
		return nil
	})
	return err
}

// members lists the IDs of the sessions in a set; some may have ended.
func (s *store) members(ctx context.Context, set string) ([]string, error) {
	ids, err := s.redis.ZRange(ctx, set, 0, -1).Result()
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
