package resident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/resident-graph/resident-graph/store"
)

// File is a document that was made for a resident.
type File struct {
	Name      string
	MediaType string
	Content   []byte
	MadeAt    time.Time
}

// FileKind says how a file comes about.
type FileKind string

// FileRef says which file of a resident a link leads to. It is sealed into the link and holds no personal data.
type FileRef struct {
	Kind FileKind `json:"k"`
	// Key is under what the file is kept: the event for what belongs to one, else a random text.
	Key     string         `json:"y"`
	EventID string         `json:"e,omitempty"`
	Lang    string         `json:"l,omitempty"`
	History *HistoryFilter `json:"h,omitempty"`
}

// fileMaker makes a file that is not kept yet.
type fileMaker func(*Service, context.Context, *Resident, FileRef) (*File, error)

// fileMakers has one entry per kind that can be made when it is fetched; the others are made when they are asked for.
var fileMakers = map[FileKind]fileMaker{
	AcknowledgementFile: makeAcknowledgement, HistoryFile: makeHistory,
}

// fileKeptFor is how long a file is kept after it was made: long enough to go on with a download that broke off.
const fileKeptFor = time.Hour

// File answers the file that a link leads to: the one that is kept, or one made now. NOT_FOUND says that there is none
// (any more).
func (s *Service) File(ctx context.Context, who *Resident, ref FileRef) (*File, error) {
	kept, err := s.keptFile(ctx, who.TokenID, ref.Key)
	if err == nil && ref.Kind == CardFile {
		return kept, s.fetchedBefore(ctx, who, ref, kept)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return kept, err
	}
	if ref.Kind == CardFile {
		return s.cardFile(ctx, who, ref)
	}
	makeFile := fileMakers[ref.Kind]
	if makeFile == nil {
		return nil, Refuse(NotFound)
	}
	f, err := makeFile(s, ctx, who, ref)
	if err != nil {
		return nil, err
	}
	sealed, err := s.sealFile(ctx, who.TokenID, ref.Key, f, fileKeptFor)
	if err != nil {
		return nil, err
	}
	return f, s.Store.InTx(ctx, func(tx store.Tx) error { return tx.KeepFile(ctx, sealed) })
}

// keptFile answers a file that is kept, or store.ErrNotFound. One that no key will ever open is kept no more.
func (s *Service) keptFile(ctx context.Context, tokenID, key string) (*File, error) {
	kept, err := s.Store.File(ctx, tokenID, key, s.Now().UTC())
	if err != nil {
		return nil, err
	}
	content, err := s.Vault.Open(ctx, kept.Sealed)
	if errors.Is(err, errNotSealed) || errors.Is(err, store.ErrNotFound) {
		s.Log.ErrorContext(ctx, "a file that no key opens is dropped", "error", err)
		if err := s.Store.DropFile(ctx, kept); err != nil {
			return nil, err
		}
		return nil, store.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open a file: %w", err)
	}
	return &File{Name: kept.Name, MediaType: kept.MediaType, Content: content, MadeAt: kept.MadeAt}, nil
}

// sealFile answers a file as it is kept.
func (s *Service) sealFile(ctx context.Context, tokenID, key string, f *File, keep time.Duration) (*store.File, error) {
	sealed, err := s.Vault.Seal(ctx, f.Content)
	if err != nil {
		return nil, fmt.Errorf("seal a file: %w", err)
	}
	now := s.Now().UTC()
	return &store.File{TokenID: tokenID, Key: key, Name: f.Name, MediaType: f.MediaType, Sealed: sealed, MadeAt: f.MadeAt,
		ExpiresAt: now.Add(keep)}, nil
}
