package resident

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// sealing is the key that seals now.
type sealing struct {
	id  int
	key cipher.AEAD
	// look is from when a newer one is looked for, and until from when this one must not seal any more unless a look
	// finds that it still is the newest.
	look, until time.Time
}

// lookWithin bounds a look, which goes on when the caller that began it has gone: others wait for it.
const lookWithin = 10 * time.Second

// lookEvery is the longest that a process which seals does not know of a newer key.
func (v *Vault) lookEvery() time.Duration { return v.grace / 30 }

// sealsFor is how long a process may seal with a key after a newer one was made, because it cannot read that one. What
// it sealed has the rest of the grace time to be written.
func (v *Vault) sealsFor() time.Duration { return v.grace * 2 / 3 }

func (s sealing) seal(plain []byte) ([]byte, error) {
	head := binary.BigEndian.AppendUint32(nil, uint32(s.id)) //nolint:gosec // an identity column counts up from 1
	nonce := make([]byte, s.key.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return s.key.Seal(append(head, nonce...), nonce, plain, head), nil
}

// newest answers the key that seals now, making the first one if there is none.
func (v *Vault) newest(ctx context.Context) (sealing, error) {
	if s, now := v.known(), time.Now(); now.Before(s.look) && now.Before(s.until) {
		return s, nil
	}
	found, err, _ := v.looks.Do("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookWithin)
		defer cancel()
		return v.look(ctx)
	})
	if err == nil {
		return found.(sealing), nil
	}
	if s := v.known(); time.Now().Before(s.until) {
		return s, nil
	}
	return sealing{}, fmt.Errorf("data key: %w", err)
}

func (v *Vault) known() sealing {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seals
}

// look finds the newest key and remembers it. When it fails, the known key seals on, within its time.
func (v *Vault) look(ctx context.Context) (sealing, error) {
	began := time.Now() // whoever makes a newer key than is found does so later
	next := v.known()
	kept, err := v.store.NewestDataKey(ctx)
	if errors.Is(err, store.ErrNotFound) {
		kept, err = v.addKey(ctx, 0)
	}
	var key cipher.AEAD
	if err == nil {
		key, err = v.key(ctx, kept.ID)
	}
	switch {
	case err == nil:
		next = sealing{id: kept.ID, key: key, until: began.Add(v.sealsFor())}
	case kept != nil && kept.ID != next.id:
		if end := began.Add(v.sealsFor() - kept.Age); end.Before(next.until) {
			next.until = end
		}
	}
	next.look = time.Now().Add(v.lookEvery())
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seals = next
	return next, err
}
