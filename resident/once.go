package resident

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/resident-graph/resident-graph/store"
)

// claim is an idempotency key with the hash of the input that it stands for; the input itself is never kept.
type claim struct {
	store.IdempotencyKey
	hash []byte
}

// claimOf answers the claim of a mutation, or INVALID for a key that is none.
func claimOf(owner, mutation, key string, input any) (claim, error) {
	if n := utf8.RuneCountInString(key); n < 8 || n > 255 || strings.Contains(key, "\x00") { // Postgres keeps no NUL
		return claim{}, Refuse(Invalid, "input", "idempotencyKey")
	}
	encoded, err := json.Marshal(input)
	if err != nil {
		return claim{}, fmt.Errorf("hash input: %w", err)
	}
	hash := sha256.Sum256(encoded)
	return claim{store.IdempotencyKey{TokenID: owner, Mutation: mutation, Key: key}, hash[:]}, nil
}

// fits refuses a key that was used with another input.
func (c claim) fits(first *store.Idempotency) error {
	if string(first.InputHash) != string(c.hash) {
		return Refuse(IdempotencyMismatch, "input", "idempotencyKey")
	}
	return nil
}

// once does what needs no upstream in the transaction that claims its key, so that it is done with its key or not at
// all. It answers the reference under which it was done first: a repeat waits for the first to commit.
func (s *Service) once(ctx context.Context, c claim, reference string, do func(store.Tx) error) (string, error) {
	begun := false
	err := s.Store.InTx(ctx, func(tx store.Tx) (err error) {
		if begun, err = tx.Begin(ctx, c.IdempotencyKey, c.hash, reference, s.Now().UTC()); err != nil || !begun {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		return tx.Finish(ctx, c.IdempotencyKey, s.Now().UTC())
	})
	if err != nil || begun {
		return reference, err
	}
	first, err := s.Store.Idempotency(ctx, c.IdempotencyKey)
	if err != nil {
		return "", err
	}
	return first.EventID, c.fits(first)
}
