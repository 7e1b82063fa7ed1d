// Package documents is the allow-list of operations: the documents that our own front ends were built with, and that
// their clients name by hash instead of sending them (the persisted documents appendix of GraphQL-over-HTTP).
//
// Each build of a client brings a manifest. Several clients, and several versions of one, are live at once: a browser
// goes on with the version it has loaded. Taking a manifest away retires its version.
package documents

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/resident-graph/resident-graph/graph/limits"
)

// ErrUnknown says that no live manifest of the client holds the document.
var ErrUnknown = errors.New("no live manifest of this client holds the document")

// A Document is one trusted document, parsed and valid.
type Document struct {
	Text   string
	Parsed *ast.QueryDocument
}

// A Release is one version of one client. Where an empty field is asked for, it stands for any.
type Release struct{ Client, Version string }

// A Library is what all live manifests hold. It does not change. Nil holds nothing.
type Library struct {
	documents map[string]*Document
	releases  map[Release]map[string]bool
}

// Load reads the manifests, which are the files *.json at the top of each folder, and checks every document: its hash,
// the bounds of reader and the schema. It answers the first fault as a sentence that names file and document.
func Load(reader *limits.Reader, folders ...fs.FS) (*Library, error) {
	l := &Library{documents: map[string]*Document{}, releases: map[Release]map[string]bool{}}
	for _, folder := range folders {
		names, err := fs.Glob(folder, "*.json")
		if err != nil {
			return nil, fmt.Errorf("trusted documents: %w", err)
		}
		for _, name := range names {
			if err := l.add(reader, folder, name); err != nil {
				return nil, fmt.Errorf("trusted documents: %s: %w", name, err)
			}
		}
	}
	return l, nil
}

func (l *Library) add(reader *limits.Reader, folder fs.FS, name string) error {
	m, err := readManifest(folder, name)
	if err != nil {
		return err
	}
	release := Release{m.Client, m.Version}
	if l.releases[release] != nil {
		return fmt.Errorf("version %s of %s has another manifest already", m.Version, m.Client)
	}
	l.releases[release] = map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(m.Documents)) {
		if err := l.take(reader, id, m.Documents[id]); err != nil {
			return fmt.Errorf("document %s: %w", id, err)
		}
		l.releases[release][id] = true
	}
	return nil
}

// take keeps one document; versions share those that did not change.
func (l *Library) take(reader *limits.Reader, id, text string) error {
	if ID(text) != id {
		return errors.New("its id must be sha256: and the SHA-256 of its text in hex")
	}
	if l.documents[id] != nil {
		return nil
	}
	doc, fault := reader.Parse(text, true)
	if fault != nil {
		return errors.New(fault.Message)
	}
	l.documents[id] = &Document{Text: text, Parsed: doc}
	return nil
}

// ID answers the id of a document: sha256: and the SHA-256 of its text in lower-case hex.
func ID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Find answers the document with this id that a live release holds; where by names a client or a version, one of those.
// It answers ErrUnknown when there is none.
func (l *Library) Find(id string, by Release) (*Document, error) {
	if l == nil || l.documents[id] == nil {
		return nil, ErrUnknown
	}
	for live, holds := range l.releases {
		if holds[id] && cmp.Or(by.Client, live.Client) == live.Client && cmp.Or(by.Version, live.Version) == live.Version {
			return l.documents[id], nil
		}
	}
	return nil, ErrUnknown
}

// Releases answers how many documents each live release holds.
func (l *Library) Releases() map[Release]int {
	counts := map[Release]int{}
	if l != nil {
		for live, holds := range l.releases {
			counts[live] = len(holds)
		}
	}
	return counts
}
