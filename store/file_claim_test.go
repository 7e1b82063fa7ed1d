package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

func TestOneOfManyMakesAFile(t *testing.T) {
	s := store.New(open(t))
	const token, key = "8100", "card/1"
	now := time.Now().UTC().Truncate(time.Microsecond)
	claim := func(at time.Time) bool {
		ours, err := s.ClaimFile(t.Context(), token, key, at, at.Add(time.Minute))
		if err != nil {
			t.Error(err)
		}
		return ours
	}
	var wg sync.WaitGroup
	var claims atomic.Int64
	for range 20 {
		wg.Go(func() {
			if claim(now) {
				claims.Add(1)
			}
		})
	}
	wg.Wait()
	if n := claims.Load(); n != 1 {
		t.Errorf("%d of twenty may make it", n)
	}
	if _, err := s.File(t.Context(), token, key, now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a claim is read as a file: %v", err)
	}
	if kept, err := s.FilesKept(t.Context(), token, []string{key}, now); err != nil || len(kept) != 0 {
		t.Errorf("a claim counts as kept: %v %v", kept, err)
	}
	if err := s.ReleaseFile(t.Context(), token, key, now.Add(-time.Second)); err != nil || claim(now) {
		t.Errorf("another's release gave the claim up: %v", err)
	}
	if err := s.ReleaseFile(t.Context(), token, key, now); err != nil || !claim(now) {
		t.Errorf("a claim that was given up cannot be taken: %v", err)
	}
	later := now.Add(2 * time.Minute)
	if !claim(later) {
		t.Error("a claim whose holder was killed lasts for ever")
	}
	file := &store.File{TokenID: token, Key: key, Name: "n", MediaType: "m", Sealed: []byte("x"), MadeAt: later, ExpiresAt: later.Add(time.Hour)}
	if err := s.InTx(t.Context(), func(tx store.Tx) error { return tx.KeepFile(t.Context(), file) }); err != nil {
		t.Fatal(err)
	}
	if err := s.ReleaseFile(t.Context(), token, key, later); err != nil || claim(later) {
		t.Errorf("a file that is kept was claimed: %v", err)
	}
	if got, err := s.File(t.Context(), token, key, later); err != nil || string(got.Sealed) != "x" {
		t.Errorf("the file: %v %v", got, err)
	}
}
