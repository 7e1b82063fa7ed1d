package resident

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// Vault seals personal data at rest with a data key that Key Manager wraps: Key Manager is asked once per key and
// process, not once per row. A key that was opened once opens and seals also while Key Manager is away. No lock is held
// while anybody is asked, and one asks for all who wait.
type Vault struct {
	keys  *keymanager.Client
	store *store.Store
	grace time.Duration

	opened *otter.Cache[int, cipher.AEAD]
	looks  singleflight.Group

	mu    sync.Mutex
	seals sealing
}

// The key of Key Manager that wraps ours; the one that MOSIP gives to Resident Services for this.
const (
	wrapApplication = "RESIDENT"
	wrapReference   = "resident_document"
)

// openedKeys is how many data keys stay open in memory; a rotation that is not finished needs two.
const openedKeys = 100

// NewVault makes a vault. grace is how long a rotation waits until it takes it that nothing is sealed with old keys any
// more; it must be the same on all replicas. It asks nobody until something is sealed or opened.
func NewVault(keys *keymanager.Client, s *store.Store, grace time.Duration) *Vault {
	return &Vault{keys: keys, store: s, grace: grace,
		opened: otter.Must(&otter.Options[int, cipher.AEAD]{MaximumSize: openedKeys, Logger: &otter.NoopLogger{}})}
}

// Seal answers the sealed form of plain: key id (4 bytes), nonce, AES-256-GCM.
func (v *Vault) Seal(ctx context.Context, plain []byte) ([]byte, error) {
	s, err := v.newest(ctx)
	if err != nil {
		return nil, err
	}
	return s.seal(plain)
}

// Open answers what Seal was given.
func (v *Vault) Open(ctx context.Context, sealed []byte) ([]byte, error) {
	id, err := sealedWith(sealed)
	if err != nil {
		return nil, err
	}
	key, err := v.key(ctx, id)
	if err != nil {
		return nil, err
	}
	head, rest := sealed[:keyIDSize], sealed[keyIDSize:]
	if len(rest) < key.NonceSize() {
		return nil, errNotSealed
	}
	plain, err := key.Open(nil, rest[:key.NonceSize()], rest[key.NonceSize():], head)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotSealed, err)
	}
	return plain, nil
}

var errNotSealed = errors.New("not sealed by this vault")

const keyIDSize = 4

// sealedWith answers the id of the key that something was sealed with.
func sealedWith(sealed []byte) (int, error) {
	if len(sealed) < keyIDSize {
		return 0, errNotSealed
	}
	return int(binary.BigEndian.Uint32(sealed)), nil
}

// key answers an opened key: from memory, or as Key Manager opens it.
func (v *Vault) key(ctx context.Context, id int) (cipher.AEAD, error) {
	key, err := v.opened.Get(ctx, id, otter.LoaderFunc[int, cipher.AEAD](func(ctx context.Context, id int) (cipher.AEAD, error) {
		kept, err := v.store.DataKey(ctx, id)
		if err != nil {
			return nil, err
		}
		raw, err := v.keys.Decrypt(ctx, wrapApplication, wrapReference, kept.Wrapped)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}))
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return key, nil
}

// addKey has Key Manager wrap a new key, and keeps it as the newest unless another has come after the one with the id
// after (0: none). It answers the newest.
func (v *Vault) addKey(ctx context.Context, after int) (*store.DataKey, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	wrapped, err := v.keys.Encrypt(ctx, wrapApplication, wrapReference, raw)
	if err != nil {
		return nil, err
	}
	return v.store.AddDataKey(ctx, wrapped, after)
}
