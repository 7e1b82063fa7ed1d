package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// TestAJoinedKeyNeverStandsForTheFirst has a key join an event at a replica whose clock is behind: the event is still that
// of the call which is under way. Nothing is left behind for tests that count.
func TestAJoinedKeyNeverStandsForTheFirst(t *testing.T) {
	s, ctx := store.New(open(t)), t.Context()
	const owner, event = "join-owner", "5000000000000002"
	at, undo := time.Now().UTC(), errors.New("undo")
	first := store.IdempotencyKey{TokenID: owner, Mutation: "requestVidCard", Key: "first"}
	joined := store.IdempotencyKey{TokenID: owner, Mutation: "requestVidCard", Key: "joined"}
	err := s.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Begin(ctx, first, []byte{1}, event, at)
		if err == nil {
			_, err = tx.Begin(ctx, joined, []byte{2}, event, at.Add(-time.Second))
		}
		if err == nil {
			err = tx.Finish(ctx, joined, at.Add(-time.Second))
		}
		if err != nil {
			return err
		}
		if found, err := tx.LockIdempotencyOf(ctx, owner, event); err != nil || found.InputHash[0] != 1 || found.FinishedAt != nil {
			t.Errorf("while the call is under way: %+v, %v", found, err)
		}
		if err := tx.FinishEvent(ctx, owner, event, at); err != nil {
			return err
		}
		if found, err := tx.LockIdempotencyOf(ctx, owner, event); err != nil || found.FinishedAt == nil {
			t.Errorf("after the call: %+v, %v", found, err)
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Error(err)
	}
}
