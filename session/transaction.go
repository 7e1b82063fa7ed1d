package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"
)

const loginLife = 10 * time.Minute

// transaction is a login under way. It waits in Redis, sealed for the browser that started it.
type transaction struct {
	State, Nonce, Verifier string
	Return                 string
}

func newTransaction(returnPath string) *transaction {
	return &transaction{
		State:    randomText(),
		Nonce:    randomText(),
		Verifier: oauth2.GenerateVerifier(),
		Return:   safeReturn(returnPath),
	}
}

// randomText has 256 bits.
func randomText() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func loginKey(hash string) string { return "login:{" + hash + "}" }

func (s *store) saveLogin(ctx context.Context, t ticket, tx *transaction) error {
	plain, err := json.Marshal(tx)
	if err != nil {
		return fmt.Errorf("session: encode login: %w", err)
	}
	name := loginKey(t.hash())
	sealed, err := t.seal(name, plain)
	if err != nil {
		return err
	}
	if err := s.redis.Set(ctx, name, sealed, loginLife).Err(); err != nil {
		return fmt.Errorf("session: write login: %w", err)
	}
	return nil
}

// login returns a login under way and leaves it. ErrNoSession when there is none.
func (s *store) login(ctx context.Context, cookie string) (*transaction, error) {
	return s.openLogin(ctx, cookie, s.redis.Get)
}

// takeLogin returns a login under way and removes it in the same step: it has one attempt. ErrNoSession when there
// is none.
func (s *store) takeLogin(ctx context.Context, cookie string) (*transaction, error) {
	return s.openLogin(ctx, cookie, s.redis.GetDel)
}

func (s *store) openLogin(ctx context.Context, cookie string, read func(context.Context, string) *redis.StringCmd) (*transaction, error) {
	t, err := parseTicket(cookie)
	if err != nil {
		return nil, ErrNoSession
	}
	name := loginKey(t.hash())
	sealed, err := read(ctx, name).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, ErrNoSession
	}
	if err != nil {
		return nil, fmt.Errorf("session: read login: %w", err)
	}
	plain, err := t.open(name, sealed)
	if err != nil {
		return nil, ErrNoSession
	}
	tx := new(transaction)
	if err := json.Unmarshal(plain, tx); err != nil {
		return nil, fmt.Errorf("session: decode login: %w", err)
	}
	return tx, nil
}
