package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

func TestOldEventsGoWithAllThatBelongsToThem(t *testing.T) {
	s, pool := store.New(open(t)), open(t)
	old, young := time.Now().UTC().AddDate(-20, 0, 0), time.Now().UTC()
	const token = "8000"
	for i := range 2500 {
		e := &store.Event{TokenID: token, EventID: fmt.Sprint(i), RequestType: store.AuthTypeLockUnlock, Status: store.Success,
			StatusDetail: "COMPLETED", CreatedAt: old, UpdatedAt: old, Async: true}
		switch {
		case i >= 2400:
			e.UpdatedAt = young
		case i >= 2300:
			e.Status = store.InProgress
		}
		if err := s.InTx(t.Context(), func(tx store.Tx) error {
			if _, err := tx.InsertEvent(t.Context(), e, "RESIDENT"); err != nil {
				return err
			}
			return tx.InsertAuthLock(t.Context(), &store.AuthLock{TokenID: token, EventID: e.EventID, Type: "DEMO", RequestedAt: old})
		}); err != nil {
			t.Fatal(err)
		}
	}
	removed, err := s.Retain(t.Context(), old.AddDate(1, 0, 0))
	if err != nil || removed != 2300 {
		t.Fatalf("%d removed, want 2300: %v", removed, err)
	}
	for _, table := range []string{"event", "event_change", "auth_lock"} {
		var n int
		if err := pool.QueryRow(t.Context(), `select count(*) from `+table+` where token_id = $1`, token).Scan(&n); err != nil || n != 200 {
			t.Errorf("%d rows of %s are left, want 200: %v", n, table, err)
		}
	}
	if again, err := s.Retain(t.Context(), old.AddDate(1, 0, 0)); again != 0 || err != nil {
		t.Errorf("the second time removes %d: %v", again, err)
	}
}

func TestADuplicateTakesNoNumber(t *testing.T) {
	s := store.New(open(t))
	const token = "8001"
	key, now := "transaction-1", time.Now().UTC()
	for i, want := range []bool{true, false, true} {
		e := &store.Event{TokenID: token, EventID: fmt.Sprint(i), RequestType: store.AuthenticationRequest, Status: store.Success,
			StatusDetail: "Y", CreatedAt: now, UpdatedAt: now, RequestID: &key}
		if i == 2 {
			other := "transaction-2"
			e.RequestID = &other
		}
		if err := s.InTx(t.Context(), func(tx store.Tx) error {
			added, err := tx.InsertEvent(t.Context(), e, "ID_AUTHENTICATION")
			if added != want {
				t.Errorf("event %d is added: %t", i, added)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	changes, err := s.Changes(t.Context(), token, 0, 10)
	if err != nil || len(changes) != 2 || changes[0].Seq != 1 || changes[1].Seq != 2 {
		t.Errorf("the changes are %+v: %v", changes, err)
	}
	state, err := s.ResidentState(t.Context(), token)
	if err != nil || state.Seq != 2 {
		t.Errorf("the newest number is %d, want 2: %v", state.Seq, err)
	}
}
