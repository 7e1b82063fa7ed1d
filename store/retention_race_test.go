package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/resident-graph/resident-graph/store"
)

// heldUp has the statements of one pool wait wherever they look at a grievance, while the test holds the lock 4242.
const heldUp = `drop schema if exists held_up cascade; create schema held_up;
	create function held_up.wait() returns boolean language plpgsql volatile as $$ begin
		perform pg_advisory_lock_shared(4242); perform pg_advisory_unlock_shared(4242); return true; end $$;
	create view held_up.grievance as select * from public.grievance where held_up.wait()`

// TestWhatAResidentComplainsOfJustNowStays: a statement sees what was there when it began, and the grievance is committed
// before the event is locked.
func TestWhatAResidentComplainsOfJustNowStays(t *testing.T) {
	pool := open(t)
	s := store.New(pool)
	const token = "8004"
	old := time.Now().UTC().AddDate(-30, 0, 0)
	for i, id := range []string{"1", "2"} {
		at := old.Add(time.Duration(i) * time.Hour)
		e := &store.Event{TokenID: token, EventID: id, RequestType: store.GenerateVid, Status: store.Success, StatusDetail: "VID_GENERATED",
			CreatedAt: at, UpdatedAt: at}
		if err := s.InTx(t.Context(), func(tx store.Tx) error {
			_, err := tx.InsertEvent(t.Context(), e, "RESIDENT")
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	complain(t, s, token, "1", store.GrievanceOpen) // which is looked at, so the statement waits there
	if _, err := pool.Exec(t.Context(), heldUp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = pool.Exec(context.Background(), `drop schema held_up cascade`) })
	holder, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Release()
	if _, err := holder.Exec(t.Context(), `select pg_advisory_lock(4242)`); err != nil {
		t.Fatal(err)
	}
	removed, ended := int64(0), make(chan error)
	slow := openHeldUp(t)
	go func() {
		var err error
		removed, err = slow.Retain(t.Context(), old.AddDate(1, 0, 0), 1000)
		ended <- err
	}()
	for waiting := false; !waiting; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		if err := pool.QueryRow(t.Context(), `select exists (select 1 from pg_locks where locktype = 'advisory' and objid = 4242 and not granted)`).
			Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	complain(t, s, token, "2", store.GrievanceOpen)
	if _, err := holder.Exec(t.Context(), `select pg_advisory_unlock(4242)`); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || removed != 0 {
		t.Errorf("%d removed: %v", removed, err)
	}
	if left, err := s.Grievances(t.Context(), token, nil, 10); err != nil || len(left) != 2 {
		t.Errorf("of the grievances are left %v: %v", left, err)
	}
}

// openHeldUp answers a store whose grievances are those of heldUp.
func openHeldUp(t *testing.T) *store.Store {
	t.Helper()
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.RuntimeParams["search_path"] = "held_up, public"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return store.New(pool)
}
