package sandbox

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// Time is moved by hand here: a temporary VID lives for half an hour.
func TestAnExpiredVID(t *testing.T) {
	people, err := newResidents("a seed")
	if err != nil {
		t.Fatal(err)
	}
	store, err := openVIDs(t.Context(), &state{}, people, "a seed")
	if err != nil {
		t.Fatal(err)
	}
	uin := people.all[0].UIN
	for len(store.active(uin)) < 7 { // 1 perpetual, 1 for one use, 5 temporary
		if _, err := store.create(t.Context(), uin, "TEMPORARY", "ACTIVE"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.create(t.Context(), uin, "TEMPORARY", "ACTIVE"); !errors.Is(err, vidPolicyRefuses) {
		t.Fatalf("a sixth: %v", err)
	}
	one := store.byUIN[uin][1]
	if one.Type != "TEMPORARY" || one.Expiry.Sub(one.Made) != 30*time.Minute {
		t.Fatalf("got %+v", one)
	}
	one.Expiry = time.Now().Add(-time.Second)
	if _, err := store.find(one.Number); !errors.Is(err, vidIs("EXPIRED")) {
		t.Errorf("found: %v", err)
	}
	if _, err := store.update(t.Context(), one.Number, "REVOKED"); !errors.Is(err, vidIs("EXPIRED")) {
		t.Errorf("revoked: %v", err)
	}
	if slices.ContainsFunc(store.active(uin), func(v vid) bool { return v.Number == one.Number }) {
		t.Error("it is still listed")
	}
	if _, err := store.create(t.Context(), uin, "TEMPORARY", "ACTIVE"); err != nil {
		t.Errorf("its place is not free: %v", err)
	}
}
