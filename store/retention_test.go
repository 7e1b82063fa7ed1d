package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream"
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
			order := &store.CardOrder{TokenID: token, EventID: e.EventID, PartnerID: "printer", Page: "p", ReturnPath: "/", ExpiresAt: old}
			if err := tx.InsertCardOrder(t.Context(), order); err != nil {
				return err
			}
			return tx.InsertAuthLock(t.Context(), &store.AuthLock{TokenID: token, EventID: e.EventID, Type: "DEMO", RequestedAt: old})
		}); err != nil {
			t.Fatal(err)
		}
	}
	complain(t, s, token, "0", store.GrievanceOpen)
	complain(t, s, token, "1", store.GrievanceClosed)
	removed := int64(0)
	for _, want := range []int64{1000, 1000, 299, 0} {
		n, err := s.Retain(t.Context(), old.AddDate(1, 0, 0), 1000)
		if err != nil || n != want {
			t.Fatalf("%d removed at once, want %d: %v", n, want, err)
		}
		removed += n
	}
	if removed != 2299 {
		t.Errorf("%d removed, want 2299", removed)
	}
	for table, want := range map[string]int{"event": 201, "event_change": 202, "auth_lock": 201, "card_order": 201} { // the grievance was a change
		var n int
		if err := pool.QueryRow(t.Context(), `select count(*) from `+table+` where token_id = $1`, token).Scan(&n); err != nil || n != want {
			t.Errorf("%d rows of %s are left, want %d: %v", n, table, want, err)
		}
	}
	if left, err := s.Grievances(t.Context(), token, nil, 10); err != nil || len(left) != 1 || left[0].Status != store.GrievanceOpen {
		t.Errorf("of the grievances are left %v: %v", left, err)
	}
}

// TestACardGoesWithTheLastEventAboutIt: events about one credential request share a card.
func TestACardGoesWithTheLastEventAboutIt(t *testing.T) {
	s := store.New(open(t))
	const token, request = "8003", "10002-PDF"
	aid := "10002"
	old, young := time.Now().UTC().AddDate(-20, 0, 0), time.Now().UTC()
	shared, own := "card/"+upstream.RefHash(request), "card/2"
	add := func(id string, at time.Time, change func(*store.Event)) {
		t.Helper()
		e := &store.Event{TokenID: token, EventID: id, RequestType: store.GetMyID, Status: store.Success,
			StatusDetail: "CARD_DOWNLOADED", CreatedAt: at, UpdatedAt: at}
		change(e)
		if err := s.InTx(t.Context(), func(tx store.Tx) error {
			_, err := tx.InsertEvent(t.Context(), e, "RESIDENT")
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	credential := request
	add("1", old, func(e *store.Event) { e.CredentialRequestID = &credential })
	add("2", old, func(e *store.Event) { e.RequestType = store.DownloadPersonalizedCard })
	add("3", young, func(e *store.Event) { e.RequestType, e.AID = store.UpdateMyUIN, &aid })
	for _, key := range []string{shared, own, "acknowledgement/1"} {
		f := &store.File{TokenID: token, Key: key, Sealed: []byte{1}, MadeAt: old, ExpiresAt: young.AddDate(200, 0, 0)}
		if err := s.InTx(t.Context(), func(tx store.Tx) error { return tx.KeepFile(t.Context(), f) }); err != nil {
			t.Fatal(err)
		}
	}
	wantFiles(t, s, token, old.AddDate(1, 0, 0), "[acknowledgement/1 "+shared+"]", shared, own)
	wantFiles(t, s, token, young.AddDate(1, 0, 0), "[acknowledgement/1]", shared, own)
}

// wantFiles removes the events from before a time and looks which files are left.
func wantFiles(t *testing.T, s *store.Store, token string, before time.Time, want, shared, own string) {
	t.Helper()
	if _, err := s.Retain(t.Context(), before, 1000); err != nil {
		t.Fatal(err)
	}
	kept, err := s.FilesKept(t.Context(), token, []string{shared, own, "acknowledgement/1"}, time.Now())
	if got := fmt.Sprint(slices.Sorted(maps.Keys(kept))); err != nil || got != want {
		t.Errorf("kept are %v, want %s: %v", got, want, err)
	}
}

func complain(t *testing.T, s *store.Store, token, event string, status store.GrievanceStatus) {
	t.Helper()
	at := time.Now().UTC()
	g := &store.Grievance{TokenID: token, TicketID: uuid.NewString(), EventID: event, Status: status, Sealed: []byte{1}, CreatedAt: at, UpdatedAt: at}
	c := &store.Change{TokenID: token, EventID: event, Status: store.Success, StatusDetail: "COMPLETED", Source: "RESIDENT", At: at}
	if err := s.InTx(t.Context(), func(tx store.Tx) error { return tx.InsertGrievance(t.Context(), g, c) }); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsShortLivedGoesInBatches(t *testing.T) {
	s, pool := store.New(open(t)), open(t)
	now := time.Now().UTC()
	old := now.Add(-time.Hour)
	for i := range 25 {
		if err := s.InTx(t.Context(), func(tx store.Tx) error {
			at := old
			if i >= 20 {
				at = now.Add(time.Hour)
			}
			key := store.IdempotencyKey{TokenID: "8002", Mutation: "generateVid", Key: fmt.Sprint(i)}
			if _, err := tx.Begin(t.Context(), key, []byte{1}, "1", at); err != nil {
				return err
			}
			return tx.KeepFile(t.Context(), &store.File{TokenID: "8002", Key: fmt.Sprint(i), Sealed: []byte{1}, MadeAt: at, ExpiresAt: at})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddDelivery(t.Context(), "TOPIC", fmt.Append(nil, "retention ", i), old); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(t.Context(), `update delivery set applied_at = $1 where topic = 'TOPIC' and id % 2 = 0`, old); err != nil {
		t.Fatal(err)
	}
	for name, some := range map[string]func(limit int) (int64, error){
		"keys":       func(limit int) (int64, error) { return s.ForgetIdempotency(t.Context(), now, limit) },
		"files":      func(limit int) (int64, error) { return s.DropOldFiles(t.Context(), now, limit) },
		"deliveries": func(limit int) (int64, error) { return s.ForgetDeliveries(t.Context(), now, now, limit) },
	} {
		removed := int64(0)
		for {
			n, err := some(7)
			if err != nil || n > 7 {
				t.Fatalf("%s: %d at once: %v", name, n, err)
			}
			if removed += n; n == 0 {
				break
			}
		}
		if least := int64(20); name != "deliveries" && removed != least || name == "deliveries" && (removed < 12 || removed > 13) {
			t.Errorf("%s: %d removed", name, removed)
		}
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
