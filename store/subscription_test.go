package store_test

import (
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/live"
	"github.com/resident-graph/resident-graph/store"
)

func TestSubscriptionsThatNobodyRenewsAreForgotten(t *testing.T) {
	s := store.New(open(t))
	now := time.Now().UTC().Truncate(time.Microsecond)
	old, young := now.AddDate(0, 0, -31), now.AddDate(0, 0, -29)
	for id, row := range map[string]live.Subscription{
		"left":       {State: live.Verified, RequestedAt: old, VerifiedAt: old, LeaseUntil: old.Add(time.Hour)},
		"ended":      {State: live.Unsubscribing, RequestedAt: old, VerifiedAt: old, LeaseUntil: old},
		"refused":    {State: live.Denied, RequestedAt: old},
		"asked for":  {State: live.Requested, RequestedAt: young, Gap: true},
		"renewed":    {State: live.Verified, RequestedAt: old, VerifiedAt: young, LeaseUntil: young, Stood: true},
		"still ours": {State: live.Verified, RequestedAt: old, VerifiedAt: old, LeaseUntil: now.AddDate(0, 1, 0)},
	} {
		row.CallbackID, row.Topic, row.Secret = id, "a topic", []byte("secret")
		if err := s.SaveSubscription(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int64{3, 0} {
		if n, err := s.ForgetSubscriptions(t.Context(), now.AddDate(0, 0, -30)); err != nil || n != want {
			t.Errorf("%d forgotten, want %d: %v", n, want, err)
		}
	}
	left, err := s.LoadSubscriptions(t.Context())
	if err != nil || len(left) != 3 {
		t.Fatalf("%d are left, want 3: %v", len(left), err)
	}
	for _, row := range left {
		if row.Gap != (row.CallbackID == "asked for") || row.Stood != (row.CallbackID == "renewed") {
			t.Errorf("read as %+v", row)
		}
	}
}
