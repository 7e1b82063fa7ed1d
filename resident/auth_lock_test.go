package resident

import (
	"testing"
	"time"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/identity"
)

func TestWhileAnUnlockIsOpenALockTellsWhatWasConfirmedLast(t *testing.T) {
	now := time.Now().UTC()
	ago := func(seconds int) *time.Time { at := now.Add(-time.Duration(seconds) * time.Second); return &at }
	const way = "DEMO"
	lock := func(requested int, locked, before bool, confirmed, until *time.Time) *store.AuthLock {
		return &store.AuthLock{Type: way, RequestedAt: *ago(requested), Locked: locked, Before: before, ConfirmedAt: confirmed, UnlockUntil: until}
	}
	for name, row := range map[string]struct {
		asked []*store.AuthLock
		want  bool
	}{
		"nothing else":                         {[]*store.AuthLock{lock(10, false, true, nil, nil)}, true},
		"a lock is open too":                   {[]*store.AuthLock{lock(20, true, false, nil, nil), lock(10, false, false, nil, nil)}, false},
		"a lock was confirmed since":           {[]*store.AuthLock{lock(20, true, false, ago(5), nil), lock(10, false, false, nil, nil)}, true},
		"a lock was confirmed before":          {[]*store.AuthLock{lock(20, true, false, ago(15), nil), lock(10, false, false, nil, nil)}, false},
		"an unlock was confirmed since":        {[]*store.AuthLock{lock(20, false, true, ago(5), nil), lock(10, true, true, nil, nil)}, false},
		"one that is over was confirmed since": {[]*store.AuthLock{lock(20, false, true, ago(5), ago(1)), lock(10, true, true, nil, nil)}, true},
		"another way was confirmed since":      {[]*store.AuthLock{{Type: "BIO_FACE", RequestedAt: *ago(20), Locked: true, ConfirmedAt: ago(5)}, lock(10, false, false, nil, nil)}, false},
	} {
		l := &AuthLock{Type: identity.AuthType(way)}
		l.overlay(row.asked, now)
		if l.Locked != row.want || l.Pending == nil {
			t.Errorf("%s: locked %t, want %t, and %v is open", name, l.Locked, row.want, l.Pending)
		}
	}
}
