package store_test

import (
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

func TestAnOrderIsReturnedFromPaidAndAcceptedOnce(t *testing.T) {
	s := store.New(open(t))
	now := time.Now().UTC().Truncate(time.Microsecond)
	const token = "8100"
	for event, expires := range map[string]time.Time{"1": now.Add(time.Hour), "2": now.Add(time.Hour), "3": now.Add(-time.Second)} {
		if err := s.InTx(t.Context(), func(tx store.Tx) error {
			return tx.InsertCardOrder(t.Context(), &store.CardOrder{TokenID: token, EventID: event, PartnerID: "printer",
				Page: "https://print.example.org/order", ReturnPath: "/cards", ExpiresAt: expires})
		}); err != nil {
			t.Fatal(err)
		}
	}
	within := func(do func(store.Tx) (bool, error)) (done bool) {
		t.Helper()
		if err := s.InTx(t.Context(), func(tx store.Tx) (err error) { done, err = do(tx); return err }); err != nil {
			t.Fatal(err)
		}
		return done
	}
	back := func(owner, event string) bool {
		t.Helper()
		first, err := s.ReturnCardOrder(t.Context(), owner, event, now, new("brought"))
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	pay := func(event, transaction string) bool {
		return within(func(tx store.Tx) (bool, error) {
			return tx.PayCardOrder(t.Context(), token, event, now, transaction, "tracked")
		})
	}
	accept := func(event string) bool {
		return within(func(tx store.Tx) (bool, error) { return tx.AcceptCardOrder(t.Context(), token, event, now) })
	}
	ask := func(event string, before time.Time) bool {
		t.Helper()
		ours, err := s.AskCardOrder(t.Context(), token, event, before, before)
		if err != nil {
			t.Fatal(err)
		}
		return ours
	}
	for _, step := range []struct {
		name string
		got  bool
		want bool
	}{
		{"back as somebody else", back("8101", "1"), false}, {"back too late", back(token, "3"), false},
		{"accepted before it is paid", accept("1"), false}, {"asked for before it is paid", ask("1", now.Add(time.Hour)), false},
		{"back", back(token, "1"), true}, {"back again", back(token, "1"), false},
		{"paid", pay("1", "one"), true}, {"paid again", pay("1", "other"), false}, {"the same payment for another", pay("2", "one"), false},
		{"paid, and nobody came back", pay("2", "two"), true}, {"back when it is paid", back(token, "2"), false},
		{"asked for too soon", ask("1", now), false}, {"asked for again", ask("1", now.Add(time.Minute)), true}, {"by two", ask("1", now.Add(time.Minute)), false},
		{"accepted", accept("1"), true}, {"accepted again", accept("1"), false}, {"asked for when accepted", ask("1", now.Add(time.Hour)), false},
	} {
		if step.got != step.want {
			t.Errorf("%s: %t, want %t", step.name, step.got, step.want)
		}
	}
	found, err := s.CardOrders(t.Context(), token, []string{"1", "9"})
	if err != nil || len(found) != 1 || *found[0].TransactionID != "one" || *found[0].TrackingID != "tracked" || !found[0].PaidAt.Equal(now) {
		t.Errorf("kept: %+v, %v", found, err)
	}
}
