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

	"github.com/resident-graph/resident-graph/store"
	"github.com/resident-graph/resident-graph/upstream/keymanager"
)

// Vault seals personal data at rest with a data key that Key Manager wraps: Key Manager is asked once per key and
// process, not once per row.
type Vault struct {
	keys  *keymanager.Client
	store *store.Store

	mu    sync.Mutex
	open  map[int]cipher.AEAD
	newID int
}

// The key of Key Manager that wraps ours; the one that MOSIP gives to Resident Services for this.
const (
	wrapApplication = "RESIDENT"
	wrapReference   = "resident_document"
)

// NewVault makes a vault. It asks nobody until something is sealed or opened.
func NewVault(keys *keymanager.Client, s *store.Store) *Vault {
	return &Vault{keys: keys, store: s, open: map[int]cipher.AEAD{}}
}

// Seal answers the sealed form of plain: key id (4 bytes), nonce, AES-256-GCM.
func (v *Vault) Seal(ctx context.Context, plain []byte) ([]byte, error) {
	id, key, err := v.newest(ctx)
	if err != nil {
		return nil, err
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(id)) //nolint:gosec // an identity column counts up from 1
	nonce := make([]byte, key.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return key.Seal(append(head, nonce...), nonce, plain, head), nil
}

// Open answers what Seal was given.
func (v *Vault) Open(ctx context.Context, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 {
		return nil, errors.New("not sealed by this vault")
	}
	head, rest := sealed[:4], sealed[4:]
	key, err := v.key(ctx, int(binary.BigEndian.Uint32(head)))
	if err != nil {
		return nil, err
	}
	if len(rest) < key.NonceSize() {
		return nil, errors.New("not sealed by this vault")
	}
	return key.Open(nil, rest[:key.NonceSize()], rest[key.NonceSize():], head)
}

// newest answers the key that seals now, making the first one if there is none.
func (v *Vault) newest(ctx context.Context) (int, cipher.AEAD, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.newID != 0 {
		return v.newID, v.open[v.newID], nil
	}
	kept, err := v.store.NewestDataKey(ctx)
	if errors.Is(err, store.ErrNotFound) {
		kept, err = v.first(ctx)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("data key: %w", err)
	}
	if _, err := v.unwrap(ctx, kept); err != nil {
		return 0, nil, err
	}
	v.newID = kept.ID
	return v.newID, v.open[v.newID], nil
}

func (v *Vault) first(ctx context.Context) (*store.DataKey, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	wrapped, err := v.keys.Encrypt(ctx, wrapApplication, wrapReference, raw)
	if err != nil {
		return nil, err
	}
	return v.store.AddFirstDataKey(ctx, wrapped, time.Now().UTC())
}

func (v *Vault) key(ctx context.Context, id int) (cipher.AEAD, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if key, ok := v.open[id]; ok {
		return key, nil
	}
	kept, err := v.store.DataKey(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	return v.unwrap(ctx, kept)
}

// unwrap has Key Manager open a data key, and remembers it.
func (v *Vault) unwrap(ctx context.Context, kept *store.DataKey) (cipher.AEAD, error) {
	raw, err := v.keys.Decrypt(ctx, wrapApplication, wrapReference, kept.Wrapped)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("data key: %w", err)
	}
	key, err := cipher.NewGCM(block)
	if err == nil {
		v.open[kept.ID] = key
	}
	return key, err
}
