package resident

import (
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

func TestWhatBecomesOfATemporaryUnlock(t *testing.T) {
	end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	began, confirmed := end.Add(-time.Minute), end.Add(-50*time.Second)
	own := &store.AuthLock{EventID: "1", Type: "DEMO", RequestedAt: began, UnlockUntil: &end, ConfirmedAt: &confirmed}
	later := func(authType string, at *time.Time) *store.AuthLock {
		return &store.AuthLock{EventID: "2", Type: authType, RequestedAt: began.Add(time.Second), ConfirmedAt: at}
	}
	locked := identity.AuthStatus{Type: identity.Demo, Locked: true}
	for name, row := range map[string]struct {
		asked  []*store.AuthLock
		status identity.AuthStatus
		now    time.Time
		want   unlockEnd
	}{
		"locked again":                  {nil, locked, end, unlockEnded},
		"its clock is behind":           {nil, identity.AuthStatus{Type: identity.Demo, UnlockFor: time.Second}, end, unlockStands},
		"its last second":               {nil, identity.AuthStatus{Type: identity.Demo}, end, unlockStands},
		"unlocked for good elsewhere":   {nil, identity.AuthStatus{Type: identity.Demo}, end.Add(2 * time.Minute), unlockMoot},
		"unlocked for longer elsewhere": {nil, identity.AuthStatus{Type: identity.Demo, UnlockFor: time.Hour}, end.Add(2 * time.Minute), unlockStands},
		"replaced":                      {[]*store.AuthLock{own, later("DEMO", &confirmed)}, locked, end, unlockMoot},
		"being replaced":                {[]*store.AuthLock{own, later("DEMO", nil)}, locked, end, unlockStands},
		"being replaced twice":          {[]*store.AuthLock{own, later("DEMO", nil), later("DEMO", &confirmed)}, locked, end, unlockMoot},
		"another way asked for":         {[]*store.AuthLock{own, later("BIO_FACE", &confirmed)}, locked, end, unlockEnded},
	} {
		if got := unlockState(own, row.asked, []identity.AuthStatus{row.status}, row.now); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
}
