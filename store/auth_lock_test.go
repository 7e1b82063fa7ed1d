package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// TestTheEndOfAnUnlockIsRecordedOnce has many replicas find the same end at the same time.
func TestTheEndOfAnUnlockIsRecordedOnce(t *testing.T) {
	pool := open(t)
	s, ctx := store.New(pool), t.Context()
	const owner, event = "unlock-owner", "5000000000000001"
	at := time.Now().UTC().Add(-time.Minute)
	until := at.Add(time.Second)
	err := s.InTx(ctx, func(tx store.Tx) error {
		e := &store.Event{TokenID: owner, EventID: event, RequestType: store.AuthTypeLockUnlock, Status: store.Success,
			StatusDetail: "COMPLETED", CreatedAt: at, UpdatedAt: at}
		if _, err := tx.InsertEvent(ctx, e, "RESIDENT"); err != nil {
			return err
		}
		for _, kind := range []string{"BIO_FACE", "DEMO"} {
			l := &store.AuthLock{TokenID: owner, EventID: event, Type: kind, RequestedAt: at}
			if kind == "BIO_FACE" {
				l.UnlockUntil = &until
			}
			if err := tx.InsertAuthLock(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if due := take(t, s); due != 0 {
		t.Errorf("%d are due before they are confirmed", due)
	}
	if err := s.InTx(ctx, func(tx store.Tx) error { return tx.SettleAuthLocks(ctx, owner, event, at, false) }); err != nil {
		t.Fatal(err)
	}
	var taken, told atomic.Int64
	var replicas sync.WaitGroup
	for range 20 {
		replicas.Go(func() {
			taken.Add(int64(take(t, s)))
			change := &store.Change{TokenID: owner, EventID: event, Status: store.Success, StatusDetail: "COMPLETED", Source: "ID_REPOSITORY", At: at}
			err := s.InTx(ctx, func(tx store.Tx) error {
				recorded, err := tx.EndUnlocks(ctx, change, []string{"BIO_FACE"}, true)
				if recorded {
					told.Add(1)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	if told.Load() != 1 || taken.Load() > 1 {
		t.Errorf("told %d times, taken %d times", told.Load(), taken.Load())
	}
	changes, err := s.Changes(ctx, owner, 0, 10)
	if err != nil || len(changes) != 2 || changes[1].Source != "ID_REPOSITORY" {
		t.Errorf("%d changes: %v", len(changes), err)
	}
	if due := take(t, s); due != 0 {
		t.Errorf("%d are due after it was told", due)
	}
}

func take(t *testing.T, s *store.Store) int {
	t.Helper()
	due, err := s.TakeUnlocks(context.Background(), 100)
	if err != nil {
		t.Error(err)
	}
	return len(due)
}
